"""Programs that differ from a module in one place: what the tests of the module must notice."""

from __future__ import annotations

import ast
import copy
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import TypeIs

    from app.leasecandidate.rules import Rule

TURNED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
"""What a comparison is changed into: its edge moved, and its opposite."""


def mutants(module: ModuleType) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Yield what was changed in which predicate of a module of rules, and its rules after that."""
    tree = ast.parse(Path(module.__file__ or "").read_text("utf-8"))
    for function in filter(_is_predicate, tree.body):
        for node in list(ast.walk(function)):
            for what, changed in _changes(node):
                before = copy.copy(node.__dict__)
                node.__dict__.update(changed)
                yield f"{function.name}: {what}", _rules(tree, module)
                node.__dict__.clear()
                node.__dict__.update(before)


def _is_predicate(node: ast.stmt) -> TypeIs[ast.FunctionDef]:
    """Whether a statement is a function that judges: what makes a twin is proved elsewhere."""
    return isinstance(node, ast.FunctionDef) and not (
        node.returns is not None and ast.unparse(node.returns) == "str"
    )


def _changes(node: ast.AST) -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: C901  a table
    """Yield a description and the attributes to replace for each change of one node."""
    match node:
        case ast.Compare(ops=ops):
            for number, op in enumerate(ops):
                for other in TURNED[type(op)]:
                    name = f"{type(op).__name__} becomes {other.__name__}"
                    yield name, {"ops": [*ops[:number], other(), *ops[number + 1 :]]}
        case ast.BoolOp(op=ast.And()):
            yield "and becomes or", {"op": ast.Or()}
        case ast.BoolOp(op=ast.Or()):
            yield "or becomes and", {"op": ast.And()}
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not is left out", {"operand": ast.UnaryOp(ast.Not(), operand)}
        case ast.BinOp(op=ast.Add()):
            yield "+ becomes -", {"op": ast.Sub()}
        case ast.BinOp(op=ast.Sub()):
            yield "- becomes +", {"op": ast.Add()}
        case ast.If(test=test) | ast.IfExp(test=test):
            yield "the condition always holds", {"test": ast.BoolOp(ast.Or(), [test, _TRUE])}
            yield "the condition never holds", {"test": ast.BoolOp(ast.And(), [test, _FALSE])}
        case ast.comprehension(ifs=[_, *_]):
            yield "the filter is left out", {"ifs": []}
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            yield f"{value} becomes {value + 1}", {"value": value + 1}
        case _:
            pass


_TRUE: Final = ast.Constant(value=True)
_FALSE: Final = ast.Constant(value=False)


def _rules(tree: ast.Module, module: ModuleType) -> tuple[Rule, ...]:
    changed = ModuleType(module.__name__)
    code = compile(ast.fix_missing_locations(copy.deepcopy(tree)), module.__file__ or "", "exec")
    exec(code, changed.__dict__)  # noqa: S102
    rules: tuple[Rule, ...] = changed.__dict__["RULES"]
    return rules
