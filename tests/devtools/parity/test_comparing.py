"""When two answers count as the same."""

from __future__ import annotations

import pytest

from devtools.parity.difference import differ
from devtools.parity.question import Answer, Cause
from devtools.parity.wordings import as_said_by

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
