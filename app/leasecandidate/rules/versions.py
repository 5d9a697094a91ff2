"""Rules on versions beyond their format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate import version
from app.leasecandidate.field import FieldError, Reason, invalid_shortened
from app.leasecandidate.rules.rule import Action, Rule
from app.leasecandidate.rules.settings import DEFAULT_SETTINGS
from app.leasecandidate.rules.twin import Twin, twin
from app.leasecandidate.rules.write import UPDATES, WRITES, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.leasecandidate.rules.settings import RuleSettings
    from app.leasecandidate.spec import LeaseCandidateSpec

_LOOKS_AT: Final = ("spec.binary_version", "spec.emulation_version")
_UNCHANGED: Final = {
    f"variables.{name}": (
        f"(variables.isUpdate && variables.{name} == variables.old{name[0].upper()}{name[1:]})"
    )
    for name in ("binaryVersion", "emulationVersion")
}


def _versions(spec: LeaseCandidateSpec) -> tuple[tuple[str, str], tuple[str, str]]:
    return (
        ("spec.binaryVersion", spec.binary_version),
        ("spec.emulationVersion", spec.emulation_version),
    )


def _written_versions(write: Write) -> Iterable[tuple[str, str]]:
    """Return the versions that are not stored already."""
    written = _versions(write.candidate.spec)
    if write.old is None:
        return written
    stored = _versions(write.old.spec)
    return [version for version in written if version not in stored]


def version_too_long(write: Write) -> Iterator[FieldError]:
    """Find a version with more characters than any real one has."""
    limit = write.settings.max_version_length
    for field, text in _written_versions(write):
        if len(text) > limit:
            detail = f"may not be more than {limit} characters; use a shorter one"
            yield FieldError(Reason.TOO_LONG, field, detail=detail)


def version_changed(write: Write) -> Iterator[FieldError]:
    """Find an update that changes a version."""
    for field, text in _written_versions(write):
        yield invalid_shortened(
            field,
            text,
            "a running process does not change its version; "
            "create a new candidate for the new process",
        )


def version_gap(write: Write) -> Iterator[FieldError]:
    """Find an emulationVersion that is further behind than Kubernetes emulates."""
    spec, limit = write.candidate.spec, write.settings.max_minor_version_gap
    binary, emulation = version.parse(spec.binary_version), version.parse(spec.emulation_version)
    if binary is None or emulation is None:
        return
    if binary.major != emulation.major or binary.minor - emulation.minor > limit:
        yield invalid_shortened(
            "spec.emulationVersion",
            spec.emulation_version,
            f"must have the major version of binaryVersion and be at most {limit} minor versions "
            "behind it; raise it",
        )


def version_not_final(write: Write) -> Iterator[FieldError]:
    """Find a version with a pre-release or build part."""
    for field, text in _written_versions(write):
        found = version.parse(text)
        if found is not None and (found.prerelease or found.build):
            yield invalid_shortened(
                field, text, "is not a final version; leave out everything from the - or + on"
            )


def _each_version(condition: str) -> str:
    """Return the expression that asks the same of both versions, unless they are stored already."""
    return " && ".join(
        f"({unchanged} || ({condition.format(name)}))" for name, unchanged in _UNCHANGED.items()
    )


def _too_long_twin(settings: RuleSettings) -> str:
    return _each_version(f"size({{}}) <= {settings.max_version_length}")


def _gap_twin(settings: RuleSettings) -> str:
    binary, emulation = "variables.binaryVersionParts", "variables.emulationVersionParts"
    return (
        f"({' && '.join(_UNCHANGED.values())}) || variables.emulationVersion == '' || "
        f"({binary}[0] == {emulation}[0] && "
        f"(uint({binary}[1]) <= uint({emulation}[1]) || "
        f"uint({binary}[1]) - uint({emulation}[1]) <= {settings.max_minor_version_gap}u))"
    )


RULES: Final = (
    Rule(
        id="version-too-long",
        title=f"A version must not be longer than {DEFAULT_SETTINGS.max_version_length} characters",
        why="Every kube-apiserver and every candidate compares it again and again.",
        source="blang/semver has no limit; the server's body limit is about 3 MiB",
        operations=WRITES,
        check=version_too_long,
        twin=Twin(_too_long_twin, "a version is too long; use a shorter one"),
        looks_at=_LOOKS_AT,
    ),
    Rule(
        id="version-changed",
        title="The versions of a candidate should not change",
        why="client-go never changes them: a process with a new version is a new candidate.",
        source="client-go tools/leaderelection/leasecandidate.go",
        operations=UPDATES,
        check=version_changed,
        twin=twin(
            f"!variables.isUpdate || ({' && '.join(_UNCHANGED.values())})",
            "a running process does not change its version; "
            "create a new candidate for the new process",
        ),
        default_action=Action.WARN,
        strict_action=Action.WARN,
        looks_at=_LOOKS_AT,
    ),
    Rule(
        id="version-gap",
        title="emulationVersion should be at most "
        f"{DEFAULT_SETTINGS.max_minor_version_gap} minor versions behind",
        why="Components of Kubernetes emulate no older one.",
        source="apiserver pkg/util/compatibility/version.go; KEP-4330",
        operations=WRITES,
        check=version_gap,
        twin=Twin(
            _gap_twin,
            "spec.emulationVersion must have the major version of binaryVersion and not be too "
            "many minor versions behind it; raise it",
        ),
        default_action=Action.WARN,
        looks_at=_LOOKS_AT,
    ),
    Rule(
        id="version-not-final",
        title="A version should have no pre-release or build part",
        why="Components of Kubernetes leave them out, and a pre-release sorts below its release.",
        source="component-base version, FinalizeVersion",
        operations=WRITES,
        check=version_not_final,
        twin=twin(
            _each_version("!{0}.contains('-') && !{0}.contains('+')"),
            "a version is not final; leave out everything from the - or + on",
        ),
        default_action=Action.OFF,
        strict_action=Action.WARN,
        looks_at=_LOOKS_AT,
    ),
)
