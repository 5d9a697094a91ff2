"""Cases of the rules that compare a candidate with the others of its lease."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app.leasecandidate.rules import Sibling
from tests.leasecandidate.rules.case import NOW, RuleCase, candidate, create, update

if TYPE_CHECKING:
    from app.leasecandidate import MicroTime

STRATEGY = ("spec.strategy",)
OTHER = "example.com/other"


def sibling(
    version: str = "1.33.0",
    strategy: str = OTHER,
    *,
    renewed: MicroTime | None = NOW,
    count: int = 1,
) -> Sibling:
    return Sibling(version, strategy, renewed, count)


_OURS = "OldestEmulationVersion"
_AGREES = sibling(strategy="OldestEmulationVersion")
_HIGHER = sibling("1.34.0", "OldestEmulationVersion")
_EXPIRED = NOW - timedelta(minutes=30, microseconds=1)
_SEVEN = tuple(sibling(strategy=f"example.com/s{number}") for number in range(7))

CASES = [
    *(
        RuleCase(rule, sentence, write, fields, says)
        for rule, above in (("strategy-conflict", ()), ("strategy-conflict-lower", (_HIGHER,)))
        for sentence, write, fields, says in (
            (
                "another strategy at the same binaryVersion is a conflict",
                create(siblings=(*above, sibling())),
                STRATEGY,
                '1 other live candidate with this binaryVersion has strategy "example.com/other"',
            ),
            (
                "two others are counted",
                create(siblings=(*above, sibling(), _AGREES, sibling())),
                STRATEGY,
                "2 other live candidates with this binaryVersion have",
            ),
            (
                "others that look the same are counted",
                create(siblings=(*above, sibling(count=41), sibling())),
                STRATEGY,
                "42 other live candidates",
            ),
            (
                "each other strategy is named",
                create(siblings=(*above, sibling(), sibling(strategy="example.com/third"))),
                STRATEGY * 2,
                "1 other live candidate",
            ),
            (
                "the most common one is named first, then in the order of names",
                create(
                    siblings=(
                        *above,
                        sibling(strategy="example.com/c"),
                        sibling(strategy="example.com/b"),
                        sibling(strategy="example.com/d", count=2),
                    )
                ),
                STRATEGY * 3,
                (
                    '2 other live candidates with this binaryVersion have strategy "example.com/d"',
                    '1 other live candidate with this binaryVersion has strategy "example.com/b"',
                    '1 other live candidate with this binaryVersion has strategy "example.com/c"',
                ),
            ),
            (
                "confidential ones are not named",
                create(siblings=(*above, *_SEVEN))._replace(confidential=True),
                STRATEGY,
                "live candidates of this lease with this binaryVersion have another strategy; give",
            ),
            ("no more than five are named", create(siblings=(*above, *_SEVEN)), STRATEGY * 5, ""),
            (
                "a build does not make another binaryVersion",
                create(siblings=(*above, sibling("1.33.0+abc"))),
                STRATEGY,
                "",
            ),
            (
                "just 30 minutes without a heartbeat are still live",
                create(siblings=(*above, sibling(renewed=NOW - timedelta(minutes=30)))),
                STRATEGY,
                "",
            ),
            (
                "without a clock none has expired",
                create(siblings=(*above, sibling(renewed=_EXPIRED)), now=None),
                STRATEGY,
                "",
            ),
            (
                "an update to another strategy is a conflict",
                update(candidate(strategy=OTHER), candidate(), siblings=(*above, sibling())),
                STRATEGY,
                "",
            ),
            (
                "an update to their binaryVersion is a conflict",
                update(
                    candidate(binaryVersion="1.33.9"), candidate(), siblings=(*above, sibling())
                ),
                STRATEGY,
                "",
            ),
            ("the same strategy is no conflict", create(siblings=(*above, _AGREES)), (), ""),
            ("nobody else is no conflict", create(siblings=above), (), ""),
            (
                "an expired one is none",
                create(siblings=(*above, sibling(renewed=_EXPIRED))),
                (),
                "",
            ),
            (
                "one that was never renewed is none",
                create(siblings=(*above, sibling(renewed=None))),
                (),
                "",
            ),
            (
                "another strategy at a lower binaryVersion is none",
                create(siblings=(*above, sibling("1.32.0"))),
                (),
                "",
            ),
            (
                "a stored conflict is left alone",
                update(candidate(renewTime=None), candidate(), siblings=(*above, sibling())),
                (),
                "",
            ),
        )
    ),
    RuleCase(
        "strategy-conflict",
        "below the highest binaryVersion it is the other rule's",
        create(siblings=(_HIGHER, sibling())),
    ),
    RuleCase(
        "strategy-conflict",
        "an expired one with a higher binaryVersion does not decide",
        create(siblings=(sibling("1.34.0", renewed=_EXPIRED), sibling())),
        STRATEGY,
    ),
    RuleCase(
        "strategy-conflict-lower",
        "at the highest binaryVersion it is the other rule's",
        create(siblings=(sibling("1.32.0"), sibling())),
    ),
    RuleCase(
        "strategy-conflict-lower",
        "a higher binaryVersion alone is no conflict",
        create(siblings=(sibling("1.34.0"),)),
    ),
    *(
        RuleCase("strategy-takeover", sentence, write, fields, says)
        for sentence, write, fields, says in (
            (
                "a newer one takes the lease over from another strategy",
                create(siblings=(sibling("1.32.0"),)),
                STRATEGY,
                "so this one would take the lease over; remove those first",
            ),
            (
                "the highest of the others decides, whatever the older ones say",
                create(siblings=(sibling("1.32.0"), sibling("1.31.0", _OURS))),
                STRATEGY,
                "",
            ),
            (
                "an update to a newer binaryVersion takes it over",
                update(
                    candidate(binaryVersion="1.31.0", emulationVersion="1.31.0"),
                    candidate(),
                    siblings=(sibling("1.32.0"),),
                ),
                STRATEGY,
                "",
            ),
            (
                "a stored one is left alone",
                update(candidate(renewTime=None), candidate(), siblings=(sibling("1.32.0"),)),
                (),
                "",
            ),
            (
                "nothing of the others is named",
                create(siblings=(sibling("1.32.0"),))._replace(confidential=True),
                STRATEGY,
                "",
            ),
            ("nobody else is no takeover", create(siblings=()), (), ""),
            (
                "the same binaryVersion is a conflict and no takeover",
                create(siblings=(sibling("1.33.0"),)),
                (),
                "",
            ),
            ("an older one takes nothing over", create(siblings=(sibling("1.34.0"),)), (), ""),
            (
                "kube-apiserver's own strategy decides already",
                create(siblings=(sibling("1.32.0", _OURS), sibling("1.31.0"))),
                (),
                "",
            ),
            (
                "another strategy takes nothing over",
                create(strategy=OTHER, siblings=(sibling("1.32.0", "example.com/third"),)),
                (),
                "",
            ),
            (
                "who has expired decides nothing",
                create(siblings=(sibling("1.32.0", renewed=_EXPIRED),)),
                (),
                "",
            ),
        )
    ),
]
