"""The built-in rules on `spec`, quirks included.

Source: kubernetes `pkg/apis/coordination/validation/validation.go`, `ValidateLeaseCandidateSpec`
and `ValidateLeaseCandidateSpecUpdate`, v1.36.3. kube-apiserver does not ratchet them: a bad value
that is already stored makes every update fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.leasecandidate import version
from app.leasecandidate.field import FieldError, invalid, invalid_shown, not_supported, required
from app.leasecandidate.name_format import qualified_name
from app.leasecandidate.quote import quote_json
from app.leasecandidate.rules.rule import Rule
from app.leasecandidate.rules.twin import BUILT_IN
from app.leasecandidate.rules.write import UPDATES, WRITES, Write
from app.leasecandidate.spec import OLDEST_EMULATION_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SOURCE: Final = "kubernetes pkg/apis/coordination/validation/validation.go"
_NOT_A_VERSION: Final = "must be a valid semantic version"


def lease_name_required(write: Write) -> Iterable[FieldError]:
    """Find a missing leaseName; any other text passes."""
    return () if write.candidate.spec.lease_name else [required("spec.leaseName")]


def emulation_version_format(write: Write) -> Iterable[FieldError]:
    """Find an emulationVersion that is there and is no version."""
    text = write.candidate.spec.emulation_version
    if not text or version.parse(text) is not None:
        return ()
    return [invalid("spec.emulationVersion", text, _NOT_A_VERSION)]


def binary_version_format(write: Write) -> Iterable[FieldError]:
    """Find a binaryVersion that is missing or no version."""
    text = write.candidate.spec.binary_version
    if not text:
        return [required("spec.binaryVersion")]
    if version.parse(text) is None:
        return [invalid("spec.binaryVersion", text, _NOT_A_VERSION)]
    return ()


def binary_version_too_low(write: Write) -> Iterator[FieldError]:
    """Find a binaryVersion below emulationVersion; what is no version counts as 0.0.0."""
    binary, emulation = write.candidate.spec.binary_version, write.candidate.spec.emulation_version
    if binary and emulation and version.is_below(binary, emulation):
        yield invalid(
            "spec.binaryVersion", binary, "must be greater than or equal to `emulationVersion`"
        )


def strategy_required(write: Write) -> Iterable[FieldError]:
    """Find a missing strategy."""
    return () if write.candidate.spec.strategy else [required("spec.strategy")]


def emulation_version_required(write: Write) -> Iterator[FieldError]:
    """Find OldestEmulationVersion without an emulationVersion above 0.0.0."""
    spec = write.candidate.spec
    if spec.strategy == OLDEST_EMULATION_VERSION and version.is_zero(spec.emulation_version):
        yield required(
            "spec.emulationVersion",
            f"must be specified when `strategy` is '{OLDEST_EMULATION_VERSION}'",
        )


def strategy_format(write: Write) -> Iterator[FieldError]:
    """Find a strategy that is neither known nor a qualified name with a slash.

    The field path has `strategy` twice and the value is printed as JSON: both as upstream has it.
    """
    strategy = write.candidate.spec.strategy
    if "/" in strategy:
        for message in qualified_name(strategy):
            yield invalid_shown("spec.strategy.strategy", quote_json(strategy), message)
    elif strategy not in ("", OLDEST_EMULATION_VERSION):
        yield not_supported(
            "spec.strategy.strategy", quote_json(strategy), [OLDEST_EMULATION_VERSION]
        )


def lease_name_immutable(write: Write) -> Iterable[FieldError]:
    """Find a leaseName that differs from the stored one."""
    name = write.candidate.spec.lease_name
    if write.old is None or name == write.old.spec.lease_name:
        return ()
    return [invalid("spec.leaseName", name, "field is immutable")]


RULES: Final = (
    Rule(
        id="lease-name-required",
        title="leaseName must be given",
        why="A candidate stands for one lease; without its name it stands for none.",
        source=_SOURCE,
        operations=WRITES,
        check=lease_name_required,
        twin=BUILT_IN,
        built_in=True,
    ),
    Rule(
        id="emulation-version-format",
        title="emulationVersion must be a semantic version without a leading v",
        why="The election compares versions; one that cannot be read cannot win.",
        source=_SOURCE,
        operations=WRITES,
        check=emulation_version_format,
        twin=BUILT_IN,
        built_in=True,
    ),
    Rule(
        id="binary-version-format",
        title="binaryVersion must be given and be a semantic version without a leading v",
        why="The candidate with the highest binaryVersion decides on the strategy.",
        source=_SOURCE,
        operations=WRITES,
        check=binary_version_format,
        twin=BUILT_IN,
        built_in=True,
    ),
    Rule(
        id="binary-version-too-low",
        title="binaryVersion must not be below emulationVersion",
        why="A binary cannot emulate what is newer than itself.",
        source=_SOURCE,
        operations=WRITES,
        check=binary_version_too_low,
        twin=BUILT_IN,
        built_in=True,
    ),
    Rule(
        id="strategy-required",
        title="strategy must be given",
        why="Without a strategy nobody knows how to pick the leader.",
        source=_SOURCE,
        operations=WRITES,
        check=strategy_required,
        twin=BUILT_IN,
        built_in=True,
    ),
    Rule(
        id="emulation-version-required",
        title="OldestEmulationVersion needs an emulationVersion above 0.0.0",
        why="This strategy picks the lowest emulationVersion; an unset one would always win.",
        source=_SOURCE,
        operations=WRITES,
        check=emulation_version_required,
        twin=BUILT_IN,
        built_in=True,
    ),
    Rule(
        id="strategy-format",
        title="strategy must be OldestEmulationVersion or a qualified name with a slash",
        why="Names without a slash are Kubernetes' own, and there is one so far.",
        source=_SOURCE,
        operations=WRITES,
        check=strategy_format,
        twin=BUILT_IN,
        built_in=True,
    ),
    Rule(
        id="lease-name-immutable",
        title="leaseName must not change",
        why="A candidate that moved to another lease would leave an election half-way.",
        source=_SOURCE,
        operations=UPDATES,
        check=lease_name_immutable,
        twin=BUILT_IN,
        built_in=True,
    ),
)
