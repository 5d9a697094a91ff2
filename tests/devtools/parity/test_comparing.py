"""When two answers count as the same."""

from __future__ import annotations

import pytest

from devtools.parity.difference import differ
from devtools.parity.question import Answer, Cause
from devtools.parity.wordings import as_answered_now, as_said_by

LABEL, OTHER_LABEL = (
    Cause("Invalid", "metadata.labels", "a"),
    Cause("Invalid", "metadata.labels", "b"),
)
NAME, SPEC = Cause("Invalid", "metadata.name", "a"), Cause("Required", "spec.leaseName", "b")


def invalid(*causes: Cause) -> Answer:
    return Answer(422, "a", causes)


@pytest.mark.parametrize(
    ("server", "ours"),
    [
        (invalid(NAME, SPEC), invalid(NAME, SPEC)),
        (invalid(NAME, LABEL, OTHER_LABEL), invalid(NAME, OTHER_LABEL, LABEL)),
        (Answer(400), Answer(400)),
    ],
    ids=["same causes", "labels in another order", "refused before validation"],
)
def test_these_answers_are_the_same(server: Answer, ours: Answer) -> None:
    assert not differ(server, ours)


@pytest.mark.parametrize(
    ("server", "ours"),
    [
        (invalid(NAME, SPEC), invalid(SPEC, NAME)),
        (invalid(NAME, SPEC), invalid(NAME)),
        (invalid(LABEL, LABEL), invalid(LABEL)),
        (invalid(LABEL, NAME, OTHER_LABEL), invalid(OTHER_LABEL, NAME, LABEL)),
        (Answer(400), Answer(409)),
        (invalid(NAME), Answer(422, "b", (NAME,))),
        (Answer(200, "a", stored={"spec": {"a": 1}}), Answer(200, "a", stored={"spec": {}})),
    ],
    ids=[
        "another order",
        "a cause less",
        "a repeated cause less",
        "labels across another cause",
        "another code",
        "another name",
        "something else stored",
    ],
)
def test_these_answers_differ(server: Answer, ours: Answer) -> None:
    assert differ(server, ours)


@pytest.mark.parametrize(
    ("minor", "unit"), [(32, "characters"), (34, "characters"), (35, "bytes"), (36, "bytes")]
)
def test_an_older_minor_counts_in_characters(minor: int, unit: str) -> None:
    answer = invalid(Cause("Invalid", "metadata.labels", "x: must be no more than 63 bytes"))
    (cause,) = as_said_by(minor, answer).causes
    assert cause.message == f"x: must be no more than 63 {unit}"


OWNER = "metadata.ownerReferences[1]"
EMPTY = "Required value: must not be empty"
OLD_OWNER = "metadata.ownerReferences"
OLD_EMPTY = 'Invalid value: "": must not be empty'


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            Cause("FieldValueRequired", f"{OWNER}.uid", EMPTY),
            Cause("FieldValueInvalid", f"{OLD_OWNER}.uid", OLD_EMPTY),
        ),
        (
            Cause("FieldValueRequired", f"{OWNER}.apiVersion", EMPTY),
            Cause(
                "FieldValueInvalid",
                f"{OLD_OWNER}.apiVersion",
                'Invalid value: "": version must not be empty',
            ),
        ),
        (
            Cause(
                "FieldValueInvalid",
                f"{OWNER}.apiVersion",
                'Invalid value: "a/b/c": must be <group>/<version> or <version>',
            ),
            Cause(
                "FieldValueInvalid",
                f"{OLD_OWNER}.apiVersion",
                'Invalid value: "a/b/c": version must not be empty',
            ),
        ),
        (
            Cause("FieldValueInvalid", OWNER, 'Invalid value: {"kind":"Event"}: no'),
            Cause("FieldValueInvalid", OLD_OWNER, 'Invalid value: {"kind":"Event"}: no'),
        ),
        (
            Cause("FieldValueInvalid", OLD_OWNER, "Invalid value: []: Only one"),
            Cause("FieldValueInvalid", OLD_OWNER, "Invalid value: []: Only one"),
        ),
    ],
    ids=["no uid", "no apiVersion", "a malformed apiVersion", "an Event", "two controllers"],
)
def test_up_to_1_36_an_owner_is_told_of_in_other_words(ours: Cause, theirs: Cause) -> None:
    assert as_said_by(36, invalid(ours)) == invalid(theirs)
    assert as_said_by(37, invalid(ours)) == invalid(ours)


def test_up_to_1_36_a_cause_may_be_said_again() -> None:
    again = invalid(NAME, SPEC, NAME)
    assert as_answered_now(36, again, new=False) == invalid(NAME, SPEC)
    assert as_answered_now(37, again, new=False) == again


def test_up_to_1_36_what_is_new_may_be_stored_as_if_it_were_being_deleted() -> None:
    metadata: dict[str, object] = {"name": "a"}
    deleted = metadata | {"deletionTimestamp": None, "deletionGracePeriodSeconds": 1}
    stored = Answer(200, "a", stored={"spec": {}, "metadata": deleted})
    wiped = Answer(200, "a", stored={"spec": {}, "metadata": metadata})
    assert as_answered_now(36, stored, new=True) == wiped
    assert as_answered_now(36, stored, new=False) == stored
    assert as_answered_now(37, stored, new=True) == stored
