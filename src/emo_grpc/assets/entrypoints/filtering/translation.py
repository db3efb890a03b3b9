"""From the text of a filter to an expression."""

from collections.abc import Callable, Iterable

from lark import Token, Tree

from emo_grpc.assets.domain.errors import InvalidFilter
from emo_grpc.assets.entrypoints.filtering.fields import anywhere, field_of
from emo_grpc.assets.entrypoints.filtering.grammar import parse, position_of
from emo_grpc.assets.entrypoints.filtering.values import Value, value_of
from emo_grpc.assets.service_layer.expressions import AllOf, AnyOf, Expression, Not

Node = Tree[Token] | Token
Leaf = Callable[[Value], Expression]


def expression_of(text: str) -> Expression | None:
    """What a filter says; None if it says nothing. Raises InvalidFilter."""
    tree = parse(text)
    return _expression(tree.children[0], anywhere) if tree.children else None


def all_of(parts: Iterable[Expression]) -> Expression:
    """What all say, without another AllOf in it; a single one is itself."""
    flat = tuple(each for part in parts for each in (part.parts if isinstance(part, AllOf) else (part,)))
    return flat[0] if len(flat) == 1 else AllOf(flat)


def _any_of(parts: Iterable[Expression]) -> Expression:
    return AnyOf(tuple(each for part in parts for each in (part.parts if isinstance(part, AnyOf) else (part,))))


def _expression(node: Node, leaf: Leaf) -> Expression:
    """Of a node, which lies no deeper than brackets may; `leaf` makes it of a value that stands alone."""
    if isinstance(node, Token):
        return leaf(value_of(node))
    if node.data == "restriction":
        return _restriction(node.children, leaf)
    parts = [_expression(child, leaf) for child in node.children]
    if node.data == "negation":
        return Not(parts[0])
    return _any_of(parts) if node.data == "alternative" else all_of(parts)


def _restriction(children: list[Node], leaf: Leaf) -> Expression:
    if len(children) == 1:
        return _expression(children[0], leaf)
    name, operator, argument = children
    assert isinstance(name, Token)  # noqa: S101 - the grammar says so
    assert isinstance(operator, Token)  # noqa: S101 - as above
    if leaf is not anywhere:
        raise InvalidFilter(f"{operator} can't stand among the values of a field", position_of(operator))
    if not isinstance(argument, Token) and operator not in (":", "="):
        raise InvalidFilter(f"{operator} takes one value, not several in brackets", position_of(operator))
    field, sign = field_of(value_of(name)), str(operator)
    return _expression(argument, lambda value: field(sign, value))
