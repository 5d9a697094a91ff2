"""Cases of the rules on versions beyond their format."""

from __future__ import annotations

from typing import Any

from app.leasecandidate.rules import RuleSettings
from tests.leasecandidate.rules.case import RuleCase, candidate, create, update

BINARY = ("spec.binaryVersion",)
EMULATION = ("spec.emulationVersion",)
BOTH = BINARY + EMULATION


def long(length: int) -> str:
    return "1.33.0-".ljust(length, "a")


_CUSTOM: dict[str, Any] = {"strategy": "example.com/x"}

CASES = [
    RuleCase(
        "version-too-long",
        "a binaryVersion of 257 characters is too long",
        create(binaryVersion=long(257), emulationVersion=None, **_CUSTOM),
        BINARY,
        says="256 characters",
    ),
    RuleCase(
        "version-too-long",
        "both versions of 257 characters are too long",
        create(binaryVersion=long(257), emulationVersion=long(257)),
        BOTH,
    ),
    RuleCase(
        "version-too-long",
        "the limit of the settings counts",
        create(binaryVersion="1.33.10", settings=RuleSettings(max_version_length=6)),
        BINARY,
        says="6 characters",
    ),
    RuleCase(
        "version-too-long",
        "256 characters are not too long",
        create(binaryVersion=long(256), emulationVersion=long(256)),
    ),
    RuleCase(
        "version-too-long",
        "a long version that an update writes is found",
        update(candidate(), candidate(emulationVersion=long(257))),
        EMULATION,
    ),
    RuleCase(
        "version-too-long",
        "a long version that is stored is left alone when the other one changes",
        update(
            candidate(binaryVersion=long(257), emulationVersion="1.32.0"),
            candidate(binaryVersion=long(257), emulationVersion="1.32.1"),
        ),
    ),
    RuleCase(
        "version-changed",
        "a raised binaryVersion is found",
        update(candidate(), candidate(binaryVersion="1.34.0")),
        BINARY,
        says="create a new candidate",
    ),
    RuleCase(
        "version-changed",
        "a lowered emulationVersion is found",
        update(candidate(), candidate(emulationVersion="1.32.0")),
        EMULATION,
    ),
    RuleCase(
        "version-changed",
        "two changed versions are found in this order",
        update(candidate(), candidate(binaryVersion="1.34.0", emulationVersion="1.34.0")),
        BOTH,
    ),
    RuleCase(
        "version-changed",
        "an emulationVersion that is taken away is a change",
        update(candidate(**_CUSTOM), candidate(emulationVersion=None, **_CUSTOM)),
        EMULATION,
    ),
    RuleCase(
        "version-changed",
        "an update that leaves the versions alone is fine",
        update(candidate(), candidate(renewTime=None)),
    ),
    RuleCase("version-changed", "a create changes nothing", create()),
    RuleCase(
        "version-gap",
        "four minor versions behind are too many",
        create(binaryVersion="1.36.0", emulationVersion="1.32.9"),
        EMULATION,
        says="at most 3 minor versions",
    ),
    RuleCase(
        "version-gap",
        "another major version is too far away",
        create(binaryVersion="2.0.0", emulationVersion="1.33.0"),
        EMULATION,
    ),
    RuleCase(
        "version-gap",
        "another major version with a higher minor one is too far away",
        create(binaryVersion="2.33.0", emulationVersion="1.34.0"),
        EMULATION,
    ),
    RuleCase(
        "version-gap",
        "the gap of the settings counts",
        create(
            binaryVersion="1.34.0",
            emulationVersion="1.33.0",
            settings=RuleSettings(max_minor_version_gap=0),
        ),
        EMULATION,
        says="at most 0 minor versions",
    ),
    RuleCase(
        "version-gap",
        "an update that opens a gap is found",
        update(candidate(), candidate(binaryVersion="1.37.0")),
        EMULATION,
    ),
    RuleCase(
        "version-gap",
        "three minor versions behind are fine",
        create(binaryVersion="1.36.9", emulationVersion="1.33.0"),
    ),
    RuleCase("version-gap", "the same versions are fine", create()),
    RuleCase(
        "version-gap",
        "a patch version does not count",
        create(binaryVersion="1.33.0", emulationVersion="1.30.99"),
    ),
    RuleCase(
        "version-gap",
        "an emulationVersion above is kube-apiserver's to refuse",
        create(binaryVersion="1.33.0", emulationVersion="1.99.0"),
    ),
    RuleCase(
        "version-gap",
        "no emulationVersion has no gap",
        create(binaryVersion="9.0.0", emulationVersion=None, **_CUSTOM),
    ),
    RuleCase(
        "version-gap",
        "what is no version is kube-apiserver's to refuse",
        create(binaryVersion="1.40", emulationVersion="1.33.0"),
    ),
    RuleCase(
        "version-gap",
        "a stored gap is left alone",
        update(
            candidate(binaryVersion="1.40.0", renewTime=None), candidate(binaryVersion="1.40.0")
        ),
    ),
    RuleCase(
        "version-not-final",
        "a pre-release is not final",
        create(binaryVersion="1.34.0-alpha.1"),
        BINARY,
        says="is not a final version",
    ),
    RuleCase(
        "version-not-final",
        "a build is not final",
        create(emulationVersion="1.33.0+abc"),
        EMULATION,
    ),
    RuleCase(
        "version-not-final",
        "both versions are looked at",
        create(binaryVersion="1.34.0-rc.1+abc", emulationVersion="1.33.0-0"),
        BOTH,
    ),
    RuleCase("version-not-final", "a release is final", create()),
    RuleCase(
        "version-not-final",
        "what is no version is kube-apiserver's to refuse",
        create(binaryVersion="1.33-alpha"),
    ),
    RuleCase(
        "version-not-final",
        "a stored pre-release is left alone when the other version changes",
        update(
            candidate(binaryVersion="1.34.0-rc.1", emulationVersion="1.33.0"),
            candidate(binaryVersion="1.34.0-rc.1", emulationVersion="1.32.0"),
        ),
    ),
    RuleCase(
        "version-not-final",
        "a pre-release that an update writes is found",
        update(candidate(), candidate(binaryVersion="1.34.0-rc.1")),
        BINARY,
    ),
]
