from __future__ import annotations

import copy
from typing import Any

import pytest

from app.admission import ReplaceOperation
from app.admission.patch import PatchDoesNotApplyError, apply

OBJECT: dict[str, Any] = {"spec": {"a": "1", "b/c": "2", "d~e": "3"}, "list": ["x"]}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/spec/a", {"spec": {"a": "new", "b/c": "2", "d~e": "3"}, "list": ["x"]}),
        ("/spec/b~1c", {"spec": {"a": "1", "b/c": "new", "d~e": "3"}, "list": ["x"]}),
        ("/spec/d~0e", {"spec": {"a": "1", "b/c": "2", "d~e": "new"}, "list": ["x"]}),
        ("/list/0", {"spec": OBJECT["spec"], "list": ["new"]}),
    ],
)
def test_a_value_is_replaced_in_a_copy(path: str, expected: dict[str, object]) -> None:
    before = copy.deepcopy(OBJECT)
    assert apply(OBJECT, [ReplaceOperation(path, "new")]) == expected
    assert before == OBJECT


@pytest.mark.parametrize(
    "path",
    ["/spec/missing", "/missing/a", "/list/1", "/list/x", "spec/a", "/spec/a/b", "/", "/spec/~2"],
)
def test_a_value_that_is_not_there_cannot_be_replaced(path: str) -> None:
    with pytest.raises(PatchDoesNotApplyError) as refused:
        apply(OBJECT, [ReplaceOperation(path, "new")])
    assert path in str(refused.value)
    assert "'b/c'" not in str(refused.value)
