"""A wrong clock of ours does not stop elections, and nobody talks us into believing in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from app.admission import Allowed, Denied
from app.leasecandidate import MicroTime
from app.leasecandidate.rules import Profile, RulesConfiguration, Ruleset
from app.webhooks import NoSiblingSource, ServerClock, ValidatingHook
from tests.reviews import create, encode, read_review

if TYPE_CHECKING:
    from app.admission import Verdict

SERVER = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""What the server's clock shows."""
SKEW = timedelta(seconds=60)
OFF = [
    pytest.param(timedelta(minutes=5), id="five minutes ahead"),
    pytest.param(timedelta(minutes=-5), id="five minutes behind"),
]
TIME_RULES = {"renew-time-in-future", "ping-time-in-future", "renew-time-stale"}


class OurClock:
    """Shows what the test sets."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.moment = SERVER + ahead

    def __call__(self) -> datetime:
        return self.moment


def wire(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def told_by_reviews(our: OurClock, *server_times: datetime) -> ServerClock:
    clock = ServerClock(our)
    for moment in server_times:
        clock.observe_creation(wire(moment))
    return clock


def review(created: datetime | None = SERVER, **spec: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a CREATE whose creationTimestamp the server set to `created`."""
    changed = create({"renewTime": str(MicroTime.at(SERVER))} | spec)
    changed["request"]["object"]["metadata"]["creationTimestamp"] = (
        wire(created) if created is not None else None
    )
    return changed


def judge(clock: ServerClock, json_review: dict[str, Any]) -> Verdict:
    ruleset = Ruleset(RulesConfiguration(profile=Profile.STRICT))
    hook = ValidatingHook(lambda: ruleset, clock, NoSiblingSource())
    return hook(read_review(encode(json_review)))


def actions(verdict: Verdict) -> dict[str, str]:
    return {finding.rule: finding.action for finding in verdict.findings}


IN_FUTURE = str(MicroTime.at(SERVER + timedelta(hours=1)))
LONG_AGO = str(MicroTime.at(SERVER - timedelta(hours=1)))


@pytest.mark.parametrize("ahead", OFF)
@pytest.mark.parametrize("evidence", ["reviews", "API answers"])
@pytest.mark.parametrize(
    ("rule", "spec"),
    [
        pytest.param("renew-time-in-future", {"renewTime": IN_FUTURE}, id="a renewTime ahead"),
        pytest.param("ping-time-in-future", {"pingTime": IN_FUTURE}, id="a pingTime ahead"),
        pytest.param("renew-time-stale", {"renewTime": LONG_AGO}, id="a stale renewTime"),
    ],
)
def test_rules_on_time_deny_by_a_good_clock_and_only_warn_by_a_wrong_one(
    ahead: timedelta, evidence: str, rule: str, spec: dict[str, Any]
) -> None:
    for offset, action in ((timedelta(), "Deny"), (ahead, "Warn")):
        if evidence == "reviews":
            clock = told_by_reviews(OurClock(offset), *[SERVER] * 3)
        else:
            clock = ServerClock(OurClock(offset))
            clock.observe_api_date(SERVER)
        assert actions(judge(clock, review(**spec)))[rule] == action


@pytest.mark.parametrize("ahead", OFF)
def test_a_candidate_that_is_just_alive_is_not_denied_by_a_wrong_clock(ahead: timedelta) -> None:
    clock = told_by_reviews(OurClock(ahead), *[SERVER] * 3)
    for age in (timedelta(), timedelta(minutes=26), timedelta(seconds=-59)):
        verdict = judge(clock, review(renewTime=str(MicroTime.at(SERVER - age))))
        assert isinstance(verdict, Allowed)
        assert set(actions(verdict)) <= TIME_RULES


@pytest.mark.parametrize("ahead", OFF)
def test_other_rules_deny_whatever_the_clock_shows(ahead: timedelta) -> None:
    clock = told_by_reviews(OurClock(ahead), *[SERVER] * 3)
    verdict = judge(clock, review(leaseName="Not a DNS name"))
    assert isinstance(verdict, Denied)
    assert actions(verdict)["lease-name-not-dns"] == "Deny"


def test_without_any_evidence_the_clock_is_not_trusted() -> None:
    clock = ServerClock(OurClock())
    assert clock.offset is None
    assert not clock.is_trusted(timedelta(days=9999))
    assert actions(judge(clock, review(None, renewTime=IN_FUTURE))) == {
        "renew-time-in-future": "Warn"
    }


@pytest.mark.parametrize("reviews", [0, 1, 2])
@pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=5)])
def test_one_forged_review_decides_nothing(reviews: int, ahead: timedelta) -> None:
    our = OurClock(ahead)
    clock = told_by_reviews(our, *[SERVER] * reviews)
    clock.observe_creation(wire(our()))
    assert clock.is_trusted(SKEW) is (reviews == 2 and not ahead)


@pytest.mark.parametrize("position", range(9))
@pytest.mark.parametrize("forged", [timedelta(days=-365), timedelta(days=365)])
@pytest.mark.parametrize("ahead", [timedelta(), *(timedelta(minutes=m) for m in (5, -5))])
def test_a_single_forged_review_among_others_does_not_count(
    position: int, forged: timedelta, ahead: timedelta
) -> None:
    times = [SERVER] * 9
    times[position] = SERVER + forged
    clock = told_by_reviews(OurClock(ahead), *times)
    assert clock.offset is not None
    assert abs(clock.offset - ahead) < timedelta(seconds=1)
    assert clock.is_trusted(SKEW) is (not ahead)


def test_only_the_last_nine_reviews_count() -> None:
    our = OurClock()
    clock = told_by_reviews(our, *[SERVER + timedelta(minutes=5)] * 9)
    assert not clock.is_trusted(SKEW)
    for _ in range(5):
        clock.observe_creation(wire(SERVER))
    assert clock.is_trusted(SKEW)


@pytest.mark.parametrize("ahead", OFF)
def test_the_date_of_an_api_answer_beats_what_reviews_say(ahead: timedelta) -> None:
    our = OurClock(ahead)
    clock = told_by_reviews(our, *[our()] * 9)
    assert clock.is_trusted(SKEW)
    clock.observe_api_date(SERVER)
    assert not clock.is_trusted(SKEW)
    assert actions(judge(clock, review(our(), renewTime=IN_FUTURE))) == {
        "renew-time-in-future": "Warn"
    }


def test_forged_reviews_do_not_soften_rules_while_there_is_an_api_answer() -> None:
    clock = told_by_reviews(OurClock(), *[SERVER + timedelta(days=1)] * 9)
    assert not clock.is_trusted(SKEW)
    clock.observe_api_date(SERVER)
    assert actions(judge(clock, review(renewTime=IN_FUTURE)))["renew-time-in-future"] == "Deny"


@pytest.mark.parametrize("way", [1, -1])
def test_an_api_answer_counts_for_ten_minutes_in_both_directions(way: int) -> None:
    our = OurClock()
    clock = told_by_reviews(our, *[SERVER + timedelta(days=1)] * 9)
    clock.observe_api_date(SERVER)
    our.moment = SERVER + way * timedelta(minutes=10)
    assert clock.is_trusted(SKEW)
    our.moment += way * timedelta(microseconds=1)
    assert not clock.is_trusted(SKEW)


def test_an_update_says_nothing_of_the_server_s_clock() -> None:
    clock = ServerClock(OurClock())
    changed = review()
    changed["request"] |= {"operation": "UPDATE", "oldObject": changed["request"]["object"]}
    for _ in range(9):
        judge(clock, changed)
    assert clock.offset is None


def test_the_reviews_that_are_judged_are_the_evidence() -> None:
    clock = ServerClock(OurClock())
    found = [actions(judge(clock, review(renewTime=IN_FUTURE))) for _ in range(3)]
    assert [each["renew-time-in-future"] for each in found] == ["Warn", "Warn", "Deny"]


@pytest.mark.parametrize(
    "stamp",
    [
        None,
        "",
        "yesterday",
        "2026-11-22",
        "2026-11-22T09:00:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-11-22T25:00:00Z",
    ],
)
def test_what_is_no_timestamp_of_a_server_does_not_count(stamp: str | None) -> None:
    clock = told_by_reviews(OurClock(), *[SERVER] * 2)
    clock.observe_creation(stamp)
    assert clock.offset is None


@given(st.text() | st.datetimes().map(str))
def test_no_timestamp_makes_the_clock_fail(stamp: str) -> None:
    clock = ServerClock(OurClock())
    clock.observe_creation(stamp)
    assert clock.offset is None


@given(st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999)))
def test_the_clock_is_trusted_just_within_the_skew(ahead: timedelta) -> None:
    clock = ServerClock(OurClock(ahead))
    clock.observe_api_date(SERVER)
    assert clock.offset is not None
    # The server's Date is cut to seconds, so half of one is taken to have gone by.
    assert clock.offset == ahead - timedelta(seconds=0.5)
    assert clock.is_trusted(SKEW) is (abs(clock.offset) <= SKEW)
    assert clock.is_trusted(abs(clock.offset))
    assert not clock.is_trusted(abs(clock.offset) - timedelta(microseconds=1))
