"""What counts as a fault: eight rules that need no knowledge of the code.

Left alone: texts, types, protocols, decorators, and what is written to the log.
"""

import ast
import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
RULES: Final = {
    "bound": "a comparison gets or loses its bound, or becomes its opposite",
    "condition": "a condition becomes its opposite",
    "connective": "`and` becomes `or`, and the other way round",
    "number": "a whole number becomes one more",
    "arithmetic": "an operator becomes its counterpart",
    "truth": "True becomes False, and the other way round",
    "left out": "a step, or an error that is raised, is left out",
    "order": "two steps change places",
}
Fault = tuple[str, ast.AST, str]
"""A rule, what it replaces, and the new code."""


def faults(node: ast.AST) -> Iterator[Fault]:
    """What the rules make of one expression or statement."""
    yield from _of_operators(node)
    yield from _of_the_rest(node)


def _of_operators(node: ast.AST) -> Iterator[Fault]:
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                yield "bound", node, _with(node, ops=[*ops[:place], COMPARISONS[type(op)](), *ops[place + 1 :]])
        case ast.BoolOp(op=op):
            yield "connective", node, f"({_with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())})"
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in ARITHMETIC and not _is_of_text(node):
            changed = _with(node, op=ARITHMETIC[type(op)]())
            yield "arithmetic", node, f"({changed})" if isinstance(node, ast.BinOp) else changed


def _of_the_rest(node: ast.AST) -> Iterator[Fault]:
    match node:
        case ast.Constant(value=bool() as value):
            yield "truth", node, str(not value)
        case ast.Constant(value=int() as value):
            yield "number", node, str(value + 1)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "condition", node, f"({ast.unparse(operand)})"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if not _says_it_already(test):
            yield "condition", test, f"(not ({ast.unparse(test)}))"
        case ast.Raise():
            yield "left out", node, "pass"
        case ast.Expr() if is_step(node):
            yield "left out", node, "pass"


def swaps(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Steps that follow each other."""
    return ((one, other) for one, other in pairwise(body) if is_step(one) and is_step(other))


def is_step(node: ast.AST) -> bool:
    """Whether it does something by a call of its own, other than to write into the log."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await) and not is_log(node)


def is_log(node: ast.AST) -> bool:
    """Whether it only writes a line of the log."""
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("log.")


def is_type(node: ast.AST) -> bool:
    """Whether it only says something to mypy."""
    return isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("TypeVar(")


def is_protocol(node: ast.AST) -> bool:
    """Whether it only says what others do."""
    return isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)


def _with(node: ast.AST, **fields: object) -> str:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return ast.unparse(ast.fix_missing_locations(changed))


def _says_it_already(test: ast.AST) -> bool:
    """Whether another rule turns it round."""
    return isinstance(test, ast.Compare) or (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not))


def _is_of_text(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str | bytes))
        for part in ast.walk(node)
    )
