"""The fuzz finds what is wrong with a hook, and makes the same reviews of the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.admission import Allowed
from devtools.fuzz.__main__ import main
from devtools.fuzz.mutation import Mutator
from devtools.fuzz.trial import FoundError, hooks, tried
from tests.reviews import create, encode

if TYPE_CHECKING:
    from app.admission import Review, Verdict
    from app.leasecandidate import LeaseCandidate
    from app.webhooks import Hook

BODY = encode(create())


def failing(_review: Review[LeaseCandidate]) -> Verdict:
    raise ZeroDivisionError("by zero")


def forgetful() -> Hook:
    """Return a hook that answers otherwise each time."""
    count = iter(range(9))
    return lambda _review: Allowed(warnings=(f"{next(count)}",))


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        pytest.param(failing, "raised ZeroDivisionError: by zero", id="an exception"),
        pytest.param(forgetful(), "and then", id="another answer"),
    ],
)
def test_what_is_wrong_with_a_hook_is_found(hook: Hook, words: str) -> None:
    with pytest.raises(FoundError, match=words):
        tried("validate", hook, BODY)


def test_an_answer_to_another_request_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = b'{"response":{"uid":"another"}}'
    monkeypatch.setattr("devtools.fuzz.trial.render", lambda *_: answer)
    with pytest.raises(FoundError, match="answered another request"):
        tried("mutate", hooks()["mutate"], BODY)


def test_a_seed_makes_the_same_reviews_again() -> None:
    first, second, other = Mutator(1), Mutator(1), Mutator(2)
    bodies = [first.body() for _ in range(50)]
    assert bodies == [second.body() for _ in range(50)]
    assert bodies != [other.body() for _ in range(50)]


def test_nothing_is_found_and_every_kind_of_answer_is_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--number", "500", "--seed", "7"]) == 0
    told = capsys.readouterr().out
    for kind in ("validate allowed", "validate denied", "mutate patched", "mutate refused"):
        assert f" {kind}" in told


def test_what_was_found_is_shown_with_its_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("devtools.fuzz.__main__.hooks", lambda: {"validate": failing})
    assert main(["--number", "100", "--seed", "7"]) == 1
    assert "validate raised ZeroDivisionError" in capsys.readouterr().out
