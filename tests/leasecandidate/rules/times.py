"""Cases of the rules on pingTime and renewTime."""

from __future__ import annotations

from typing import Any

from app.leasecandidate import MicroTime
from app.leasecandidate.rules import RuleSettings
from tests.leasecandidate.rules.case import NOW, SERVER, RuleCase, at, candidate, create, update

RENEW = ("spec.renewTime",)
PING = ("spec.pingTime",)


def field(name: str, time: str | None) -> dict[str, Any]:
    """Return one field of the spec, whose name is a variable."""
    return {name: time}


_SKEW_OF_TEN = RuleSettings(clock_skew_seconds=10)
_OWN_PINGER = RuleSettings(allowed_pingers=("system:serviceaccount:ops:elector",))

CASES = [
    RuleCase(
        "renew-time-removed",
        "an update that takes renewTime away is found",
        update(candidate(), candidate(renewTime=None)),
        RENEW,
        says="must not be removed",
    ),
    RuleCase(
        "renew-time-removed",
        "an update that keeps renewTime is fine",
        update(candidate(), candidate(strategy="example.com/x")),
    ),
    RuleCase(
        "renew-time-removed",
        "an update that sets a later renewTime is fine",
        update(candidate(), candidate(renewTime=at(seconds=5))),
    ),
    RuleCase(
        "renew-time-removed",
        "what was never there is not removed",
        update(candidate(renewTime=None), candidate(renewTime=None, strategy="example.com/x")),
    ),
    RuleCase(
        "renew-time-removed",
        "a renewTime that is set at last is fine",
        update(candidate(renewTime=None), candidate()),
    ),
    RuleCase("renew-time-removed", "a create removes nothing", create(renewTime=None)),
    *(
        RuleCase(rule, sentence, write, fields, says="in the future" if fields else "")
        for rule, name, fields_found in (
            ("renew-time-in-future", "renewTime", RENEW),
            ("ping-time-in-future", "pingTime", PING),
        )
        for sentence, write, fields in (
            ("a day ahead is in the future", create(**field(name, at(days=1))), fields_found),
            (
                "a microsecond beyond the skew is in the future",
                create(**field(name, at(seconds=60, microseconds=1))),
                fields_found,
            ),
            (
                "the skew of the settings counts",
                create(settings=_SKEW_OF_TEN, **field(name, at(seconds=11))),
                fields_found,
            ),
            (
                "an update to a time in the future is found",
                update(candidate(), candidate(**field(name, at(hours=1)))),
                fields_found,
            ),
            (
                "a year beyond all calendars is in the future",
                create(**field(name, "9999-12-31T23:59:59.999999-01:00")),
                fields_found,
            ),
            (
                "just the skew ahead is not yet the future",
                create(**field(name, at(seconds=60))),
                (),
            ),
            ("now is not the future", create(**field(name, at())), ()),
            ("the past is not the future", create(**field(name, at(days=-1))), ()),
            ("an absent time is not in the future", create(**field(name, None)), ()),
            (
                "a stored time in the future is left alone",
                update(
                    candidate(**field(name, at(days=1))),
                    candidate(strategy="example.com/x", **field(name, at(days=1))),
                ),
                (),
            ),
        )
    ),
    RuleCase(
        "ping-time-not-from-server",
        "a create with a pingTime is found",
        create(pingTime=at()),
        PING,
        says="leave it out",
    ),
    RuleCase(
        "ping-time-not-from-server",
        "an update that changes pingTime is found",
        update(candidate(pingTime=at(seconds=-9)), candidate(pingTime=at())),
        PING,
        says="leave it as it is stored",
    ),
    RuleCase(
        "ping-time-not-from-server",
        "an update that takes pingTime away is found",
        update(candidate(pingTime=at(seconds=-9)), candidate()),
        PING,
    ),
    RuleCase(
        "ping-time-not-from-server",
        "whoever is allowed on another cluster is not allowed here",
        create(pingTime=at(), by="system:serviceaccount:ops:elector"),
        PING,
    ),
    RuleCase(
        "ping-time-not-from-server",
        "an answer to a ping leaves pingTime as it is stored",
        update(
            candidate(pingTime=at(seconds=-1), renewTime=at(seconds=-9)),
            candidate(pingTime=at(seconds=-1)),
        ),
    ),
    RuleCase(
        "ping-time-not-from-server",
        "kube-apiserver pings",
        update(candidate(), candidate(pingTime=at()), by=SERVER),
    ),
    RuleCase(
        "ping-time-not-from-server",
        "a user of the settings may ping",
        create(pingTime=at(), by="system:serviceaccount:ops:elector", settings=_OWN_PINGER),
    ),
    RuleCase(
        "ping-time-not-from-server",
        "kube-apiserver may ping whatever the settings say",
        update(candidate(), candidate(pingTime=at()), by=SERVER, settings=_OWN_PINGER),
    ),
    RuleCase("ping-time-not-from-server", "a create without pingTime is fine", create()),
    RuleCase(
        "renew-time-backwards",
        "a renewTime a microsecond before the stored one is found",
        update(candidate(), candidate(renewTime=at(microseconds=-1))),
        RENEW,
        says="clock of the candidate's node",
    ),
    RuleCase(
        "renew-time-backwards",
        "a later renewTime is fine",
        update(candidate(), candidate(renewTime=at(microseconds=1))),
    ),
    RuleCase(
        "renew-time-backwards",
        "the same instant in another spelling is fine",
        update(candidate(), candidate(renewTime="2026-03-01T13:00:00,000000+01:00")),
    ),
    RuleCase(
        "renew-time-backwards",
        "a renewTime that is removed does not go back",
        update(candidate(), candidate(renewTime=None)),
    ),
    RuleCase(
        "renew-time-backwards",
        "a first renewTime does not go back",
        update(candidate(renewTime=None), candidate(renewTime=at(days=-9))),
    ),
    RuleCase("renew-time-backwards", "a create has nothing before it", create()),
    RuleCase(
        "renew-time-missing",
        "a create without renewTime is found",
        create(renewTime=None),
        RENEW,
        says="set it to the current time",
    ),
    RuleCase("renew-time-missing", "a create with renewTime is fine", create()),
    RuleCase(
        "renew-time-missing",
        "an update without renewTime is another rule's",
        update(candidate(), candidate(renewTime=None)),
    ),
    RuleCase(
        "renew-time-stale",
        "a create with a renewTime of yesterday is found",
        create(renewTime=at(days=-1)),
        RENEW,
        says="30 minutes",
    ),
    RuleCase(
        "renew-time-stale",
        "a microsecond more than 30 minutes is stale",
        create(renewTime=at(minutes=-30, microseconds=-1)),
        RENEW,
    ),
    RuleCase(
        "renew-time-stale", "just 30 minutes are not stale", create(renewTime=at(minutes=-30))
    ),
    RuleCase("renew-time-stale", "now is not stale", create()),
    RuleCase("renew-time-stale", "the future is not stale", create(renewTime=at(days=1))),
    RuleCase("renew-time-stale", "no renewTime is another rule's", create(renewTime=None)),
    RuleCase(
        "renew-time-stale",
        "an update with an old renewTime is left alone",
        update(candidate(renewTime=None), candidate(renewTime=at(days=-1))),
    ),
    RuleCase(
        "renew-time-stale",
        "what is stale now was not stale a day ago",
        create(renewTime=at(days=-1), now=MicroTime(NOW.microseconds - 24 * 3600 * 10**6)),
    ),
]
