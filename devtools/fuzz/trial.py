"""One body through a hook, twice, and what must be so of its answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from app.admission import BadReviewError
from app.admission.response import render
from app.leasecandidate.rules import Profile, RulesConfiguration, Ruleset
from app.webhooks import NoSiblingSource, ServerClock, ValidatingHook, mutate, parse_candidates

if TYPE_CHECKING:
    from app.webhooks import Hook

NOW: Final = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class FoundError(Exception):
    """What should not be: the message says what, of which hook."""


def hooks() -> dict[str, Hook]:
    """Return both hooks, with all rules and a clock that stands still and is trusted."""
    ruleset = Ruleset(RulesConfiguration(profile=Profile.STRICT))
    clock = ServerClock(lambda: NOW)
    clock.observe_api_date(NOW)
    return {
        "validate": ValidatingHook(lambda: ruleset, clock, NoSiblingSource()),
        "mutate": mutate,
    }


def tried(name: str, hook: Hook, body: bytes) -> bytes:
    """Return the answer to a body; FoundError where anything is wrong with it."""
    try:
        answer, again = _answer(hook, body), _answer(hook, body)
    except Exception as error:
        raise FoundError(f"{name} raised {type(error).__name__}: {error}") from error
    if answer != again:
        raise FoundError(f"{name} answered {answer!r} and then {again!r}")
    if answer.startswith(b"{") and (
        json.loads(answer)["response"]["uid"] != json.loads(body)["request"]["uid"]
    ):
        raise FoundError(f"{name} answered another request: {answer!r}")
    return answer


def _answer(hook: Hook, body: bytes) -> bytes:
    """Return the AdmissionReview that answers, or why there is none."""
    try:
        envelope = parse_candidates(body)
        verdict = hook(envelope.request)
    except BadReviewError as error:
        return f"not a usable AdmissionReview: {error}".encode()
    return render(envelope.api_version, envelope.request.uid, verdict)
