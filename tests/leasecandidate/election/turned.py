"""Elections that differ from ours in one comparison."""

from __future__ import annotations

import ast
import sys
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from app.leasecandidate import election
from devtools.elections.cases import NOW
from devtools.elections.wire import Json, key, outcome
from tests.leasecandidate.mutants import TURNED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devtools.elections.cases import Case

_MODULES: Final = ("model", "pick", "step")
_PACKAGE: Final = "turned_election"


def turned() -> Iterator[tuple[str, ModuleType]]:
    """Yield what was changed, and a package that has the names of `election`."""
    folder = Path(election.__file__ or "").parent
    sources = {name: (folder / f"{name}.py").read_text("utf-8") for name in _MODULES}
    for name in _MODULES:
        tree = ast.parse(sources[name].replace(election.__name__, _PACKAGE))
        for function in ast.walk(tree):
            # A step does not ask for `strategies`; tests of its own do.
            if isinstance(function, ast.FunctionDef) and function.name != "strategies":
                for what in _turn(function):
                    yield f"{function.name}: {what}", _package(sources, name, ast.unparse(tree))


def _turn(function: ast.FunctionDef) -> Iterator[str]:
    """Turn each comparison around, one after the other, and put it back."""
    for node in ast.walk(function):
        if isinstance(node, ast.Compare):
            before = node.ops
            for other in TURNED[type(before[0])]:
                text = ast.unparse(node)
                node.ops = [other(), *before[1:]]
                yield f"{text} becomes {ast.unparse(node)}"
                node.ops = before


def _package(sources: dict[str, str], changed: str, text: str) -> ModuleType:
    package = ModuleType(_PACKAGE)
    for name in _MODULES:
        module = ModuleType(f"{_PACKAGE}.{name}")
        sys.modules[module.__name__] = module
        source = text if name == changed else sources[name].replace(election.__name__, _PACKAGE)
        exec(compile(source, module.__name__, "exec"), module.__dict__)  # noqa: S102
        package.__dict__.update(vars(module))
    return package


def agrees(mutant: ModuleType, cases: Sequence[Case], answers: Sequence[Sequence[Json]]) -> bool:
    """Whether it does in every case what the controller did; one that fails does not."""
    try:
        return all(_agrees(mutant, *each) for each in zip(cases, answers, strict=True))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False


def _agrees(mutant: Any, case: Case, answers: Sequence[Json]) -> bool:  # noqa: ANN401
    candidates = [_as(mutant.Candidate, each) for each in case.candidates]
    lease = None if case.lease is None else _as(mutant.Lease, case.lease)
    for order, answer in zip(case.orders(), answers, strict=True):
        found = mutant.step([candidates[index] for index in order], lease, NOW)
        if outcome(found) != answer:
            return False
    possible = {key(outcome(each)) for each in mutant.outcomes(candidates, lease, NOW)}
    return possible == {key(answer) for answer in answers}


def _as(kind: Any, value: Any) -> Any:  # noqa: ANN401
    return kind(*(getattr(value, field.name) for field in fields(value)))
