"""A policy evaluated without a cluster, by cel-cpp.

kube-apiserver uses cel-go and evaluates variables when they are needed; here all of them are
evaluated, so an expression that can err does err. tests/suites/cluster has the real thing.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

from app.leasecandidate import version
from tests.cel_policies.comparison import found_by_policies

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.cel_policies import Manifest
    from tests.cel_policies.writes import Case

_NAMES: Final = ("object", "oldObject", "request", "variables")


def _is_semver(text: str) -> bool:
    return version.parse(text) is not None


@cache
def _environment() -> cel.Env:
    """Return what kube-apiserver offers, as far as our expressions use it."""
    overload = cel.Overload(
        "is_semver",
        return_type=cel.Type.BOOL,
        parameters=[cel.Type.STRING],
        is_member=False,
        impl=_is_semver,
    )
    return cel.NewEnv(
        variables=dict.fromkeys(_NAMES, cel.Type.DYN),
        extensions=[ext_optional.ExtOptional(), ext_strings.ExtStrings()],
        functions=[cel.FunctionDecl("isSemver", [overload])],
    )


@cache
def _compiled(expression: str) -> cel.Expression:
    return _environment().compile(expression)


def evaluate(expression: str, values: Mapping[str, object]) -> Any:  # noqa: ANN401  CEL is dynamic
    """Return the value of an expression; RuntimeError where it errs."""
    return _compiled(expression).eval(data=dict(values)).plain_value()


def holds(expression: str, values: Mapping[str, object]) -> bool:
    """Return the value of a condition."""
    value = evaluate(expression, values)
    assert isinstance(value, bool), f"{expression} is {value!r}"
    return value


def values_of(case: Case) -> dict[str, object]:
    """Return what the server gives to the expressions of a webhook registration."""
    return {"request": case.request, "object": case.object, "oldObject": case.old}


def messages(policy: Manifest, case: Case) -> list[str]:
    """Return the messages of the validations that a write fails; none where it is not matched."""
    spec: Any = policy["spec"]
    values = _values_with_variables(spec, case)
    if values is None:
        return []
    return [
        validation["message"]
        for validation in spec["validations"]
        if not holds(validation["expression"], values)
    ]


def audited(policy: Manifest, case: Case) -> set[str]:
    """Return what the audit log names: in an annotation, or the only rule there is."""
    spec: Any = policy["spec"]
    if len(spec["validations"]) == 1:
        assert "auditAnnotations" not in spec
        return found_by_policies(messages(policy, case))
    values = _values_with_variables(spec, case)
    (annotation,) = spec["auditAnnotations"]
    text = "" if values is None else evaluate(annotation["valueExpression"], values)
    return set(text.split(",")) if text else set()


def _values_with_variables(spec: Any, case: Case) -> dict[str, object] | None:  # noqa: ANN401
    values = values_of(case)
    if not _all_hold(spec.get("matchConditions", ()), values):
        return None
    variables: dict[str, object] = {}
    values["variables"] = variables
    for variable in spec["variables"]:
        variables[variable["name"]] = evaluate(variable["expression"], values)
    return values


def _all_hold(conditions: Iterable[Mapping[str, str]], values: Mapping[str, object]) -> bool:
    return all(holds(condition["expression"], values) for condition in conditions)


def kinds(manifests: Sequence[Manifest], kind: str) -> list[Manifest]:
    """Return the objects of one kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def variables_in(expression: str) -> list[str]:
    """Return the names of the variables that an expression uses."""
    return re.findall(r"variables\.([A-Za-z0-9]+)", expression)
