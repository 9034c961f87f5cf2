"""Possible: which values the keys of a change can have where a part of an expression is met.

`change.kind == "device" and change.fields.memory.after > 1` is about devices, which have no memory: it never matches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import nodes

from proxbox_plan.policy.checks.vocabulary import CHANGE

Values = Mapping[str, frozenset[Any]]
"""Key of a change -> the values that it can have."""

_EQUAL: Final = {"eq": True, "equalto": True, "in": True, "ne": False, "notin": False}


def key_of(node: nodes.Node) -> str | None:
    """Return the key that a node reads of a change (`change.kind`, `change["kind"]`); null for any other node."""
    if not isinstance(node, nodes.Getattr | nodes.Getitem) or not _is_change(node.node):
        return None
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.arg.value if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) else None


def _is_change(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == CHANGE


def possible(node: nodes.Node, values: Values, *, met: bool = True) -> Values:
    """Return what is possible of `values` when a part of an expression is met, or when it is not."""
    match node:
        case nodes.And() | nodes.Or():
            sides = (possible(node.left, values, met=met), possible(node.right, values, met=met))
            return _both(*sides) if isinstance(node, nodes.And) is met else _either(*sides)
        case nodes.Not():
            return possible(node.node, values, met=not met)
        case nodes.Compare(ops=[operand]):
            return _compared(node.expr, operand.op, operand.expr, values, met=met)
        case nodes.Test(args=[argument]):
            return _compared(node.node, node.name, argument, values, met=met)
        case _:
            return values


def _compared(left: nodes.Node, operator: str, right: nodes.Node, values: Values, *, met: bool) -> Values:
    if operator not in _EQUAL:
        return values
    key, constants = key_of(left), constants_of(right, several=operator in ("in", "notin"))
    if key is None and operator in ("eq", "ne"):
        key, constants = key_of(right), constants_of(left, several=False)
    if key is None or key not in values or constants is None:
        return values
    named = {constant for constant in constants if isinstance(constant, str) or constant is None}
    left_over = values[key] & named if _EQUAL[operator] is met else values[key] - named
    return {**values, key: left_over}


def constants_of(node: nodes.Node, *, several: bool) -> list[Any] | None:
    """Return the constants that a node is: one, or those of a list; null for anything else."""
    if not several:
        return [node.value] if isinstance(node, nodes.Const) else None
    if not isinstance(node, nodes.List | nodes.Tuple):
        return None
    items = node.items
    return [item.value for item in items if isinstance(item, nodes.Const)] if _all_constant(items) else None


def _all_constant(items: list[nodes.Expr]) -> bool:
    return all(isinstance(item, nodes.Const) for item in items)


def _both(one: Values, other: Values) -> Values:
    return {key: one[key] & other[key] for key in one}


def _either(one: Values, other: Values) -> Values:
    return {key: one[key] | other[key] for key in one}
