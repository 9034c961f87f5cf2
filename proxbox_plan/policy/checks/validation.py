"""Validation: whether everything that an expression names exists, so that a typo is an error and not silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from jinja2 import nodes

from proxbox_plan.core.errors import ConfigError
from proxbox_plan.core.listed import listed
from proxbox_plan.core.patterns import pattern
from proxbox_plan.core.suggestion import suggestion
from proxbox_plan.model.plan import Action
from proxbox_plan.policy.checks.comparison import NAMED, FieldComparison, type_words
from proxbox_plan.policy.checks.expression import parsed
from proxbox_plan.policy.checks.possible import Values, constants_of, possible
from proxbox_plan.policy.checks.thing import Attribute, FieldSide, Thing, TouchedField, WholeChange
from proxbox_plan.policy.checks.vocabulary import ATTRIBUTES, CHANGE, FIELDS, SIDES, ValueType, Vocabulary

_OPERATORS: Final = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_ORDER: Final = ("lt", "lteq", "gt", "gteq", "le", "ge")
_SAME: Final = ("eq", "ne", "equalto")
_KEEPING: Final = ("lower", "trim", "string")  # filters after which a value is still one of its list
_ONE_SIDED: Final = {
    "before": ({Action.CREATE.value}, "a change that creates an object has no `before`"),
    "after": ({Action.DELETE.value}, "a change that deletes an object has no `after`"),
}


class _Part(NamedTuple):
    """A part of an expression, and what it is."""

    node: nodes.Expr
    thing: Thing


def problems_of(expression: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return what is wrong with an expression: it is none, names what does not exist, or can never match."""
    try:
        tree = parsed(expression)
    except ConfigError as error:
        return (error.message,)
    walk = _Walk(vocabulary)
    walk.read(walk.visit(tree, vocabulary.values))
    if walk.problems:
        return tuple(dict.fromkeys(walk.problems))
    met = possible(tree, vocabulary.values)
    return tuple(f"never matches: no value of `{CHANGE}.{key}` is possible" for key in met if not met[key])


@dataclass(slots=True)
class _Walk:
    """Goes through an expression once; `values` says what is possible of a change at each place."""

    vocabulary: Vocabulary
    problems: list[str] = field(default_factory=list)

    @property
    def _comparison(self) -> FieldComparison:
        return FieldComparison(self.vocabulary)

    def visit(self, node: nodes.Node, values: Values) -> Thing:
        """Note what is wrong in a part of the expression, and return what the part is."""
        match node:
            case nodes.Name():
                return self._name(node)
            case nodes.Getattr():
                return self._key(self.visit(node.node, values), node.attr, values)
            case nodes.Getitem():
                return self._item(node, values)
            case nodes.Filter():
                return self._filter(node, values)
            case nodes.And() | nodes.Or() | nodes.Not() | nodes.CondExpr():
                self._choice(node, values)
            case nodes.Compare():
                self._compare(node, values)
            case nodes.Test():
                self._test(node, values)
            case nodes.Call():
                self.problems.append("a check calls nothing; use a filter or a test: `change.name is like 'db*'`")
            case _:
                self._operands(node.iter_child_nodes(), values)
        return None

    def _choice(self, node: nodes.And | nodes.Or | nodes.Not | nodes.CondExpr, values: Values) -> None:
        """Visit the parts of a condition, each with what is possible of a change when it decides."""
        match node:
            case nodes.And():
                self._conditions((node.left, node.right), possible(node, values))
            case nodes.Or():
                self._conditions((node.left,), values)
                self._conditions((node.right,), possible(node.left, values, met=False))
            case nodes.Not():
                self._conditions((node.node,), values)
            case _:
                self._conditions((node.test,), values)
                self._operands((node.expr1,), possible(node.test, values))
                self._operands((node.expr2,), possible(node.test, values, met=False))

    def read(self, thing: Thing) -> Thing:
        """Note a `change` that stands for itself: it has no value."""
        if isinstance(thing, WholeChange):
            self.problems.append(f"`{CHANGE}` has no value of its own; read one of {listed(list(ATTRIBUTES), NAMED)}")
        return thing

    def _value(self, node: nodes.Node, values: Values) -> Thing:
        """Visit what is compared or computed with; note a field whose side is not named."""
        thing = self.read(self.visit(node, values))
        if isinstance(thing, TouchedField):
            self.problems.append(f"`{thing.text}` has no value of its own; read one of {listed(list(SIDES), NAMED)}")
        return thing

    def _conditions(self, parts: Iterable[nodes.Node], values: Values) -> None:
        for part in parts:
            self.read(self.visit(part, values))

    def _operands(self, parts: Iterable[nodes.Node | None], values: Values) -> None:
        for part in parts:
            if part is not None:
                self._value(part, values)

    def _name(self, node: nodes.Name) -> Thing:
        if node.name == CHANGE:
            return WholeChange()
        said = suggestion(node.name, [CHANGE]) or "; a check reads `change`"
        self.problems.append(f"`{node.name[:60]}` does not exist{said}")
        return None

    def _item(self, node: nodes.Getitem, values: Values) -> Thing:
        thing = self.visit(node.node, values)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._key(thing, node.arg.value, values)
        if isinstance(thing, WholeChange | TouchedField) or thing == Attribute(FIELDS):
            self.problems.append(f"`{thing.text}[...]` takes a name in quotes")
        return None

    def _key(self, thing: Thing, name: str, values: Values) -> Thing:
        match thing:
            case WholeChange():
                if name in ATTRIBUTES:
                    return Attribute(name)
                self._unknown(thing.text, name, ATTRIBUTES)
            case Attribute(name="fields"):
                return self._field(name, values)
            case TouchedField():
                return self._side(thing, name, values)
            case Attribute():
                self.problems.append(f"`{thing.text}` is text and has no key '{name[:60]}'")
            case FieldSide() if ValueType.ANY not in thing.types:
                self.problems.append(f"`{thing.text}` is {type_words(thing)} and has no key '{name[:60]}'")
        return None

    def _unknown(self, text: str, name: str, known: Iterable[str]) -> None:
        names = list(known)
        said = suggestion(name, names) or f"; there is {listed(names, NAMED)}"
        self.problems.append(f"`{text}.{name[:60]}` does not exist{said}")

    def _field(self, name: str, values: Values) -> Thing:
        kinds = values["kind"] or self.vocabulary.values["kind"]
        if name in self.vocabulary.fields_of(kinds):
            return TouchedField(name)
        others = self.vocabulary.kinds_with(name)
        if others:
            what = listed(sorted(str(kind) for kind in kinds), NAMED)
            self.problems.append(f"never matches: no {what} has a field '{name[:60]}', only {listed(others, NAMED)}")
        else:
            close = suggestion(name, sorted(self.vocabulary.fields_of(kinds)))
            custom = "" if close or not name.startswith("cf_") else "; no rule fills this custom field"
            self.problems.append(f"no kind has a field '{name[:60]}'{close or custom}")
        return None

    def _side(self, thing: TouchedField, name: str, values: Values) -> Thing:
        if name not in SIDES:
            self._unknown(thing.text, name, SIDES)
            return None
        never, why = _ONE_SIDED.get(name, (frozenset(), ""))
        if values["action"] and values["action"] <= never:
            self.problems.append(f"`{thing.text}.{name}` never has a value: {why}")
            return None
        kinds = values["kind"] or self.vocabulary.values["kind"]
        types = {ValueType.TEXT} if name == "cause" else self.vocabulary.types_of(thing.name, kinds)
        return FieldSide(thing.name, name, frozenset(types))

    def _filter(self, node: nodes.Filter, values: Values) -> Thing:
        thing = self._value(node.node, values) if node.node is not None else None
        self._operands([*node.args, *(item.value for item in node.kwargs)], values)
        return thing if node.name in _KEEPING else None

    def _test(self, node: nodes.Test, values: Values) -> None:
        if node.name in ("defined", "undefined", "none"):
            self._conditions((node.node,), values)
            return
        left = _Part(node.node, self._value(node.node, values))
        arguments = [_Part(argument, self._value(argument, values)) for argument in node.args]
        if len(arguments) != 1:
            self.problems.append(f"`is {node.name}` takes one value")
        elif node.name == "like":
            self._patterns(node.args)
        else:
            self._pair(left, node.name, arguments[0], values)

    def _patterns(self, arguments: list[nodes.Expr]) -> None:
        for constant in (item.value for item in arguments if isinstance(item, nodes.Const)):
            if not isinstance(constant, str):
                self.problems.append(f"{constant!r} is no pattern; put quotes around it")
                continue
            try:
                pattern(constant)
            except ValueError as error:
                self.problems.append(f"{constant[:60]!r} {error}")

    def _compare(self, node: nodes.Compare, values: Values) -> None:
        parts = [_Part(item, self._value(item, values)) for item in (node.expr, *(each.expr for each in node.ops))]
        for operand, left, right in zip(node.ops, parts, parts[1:], strict=False):
            self._pair(left, operand.op, right, values)

    def _pair(self, left: _Part, operator: str, right: _Part, values: Values) -> None:
        """Note what is wrong with two values that are compared."""
        if operator in _SAME or operator in _ORDER:
            self.problems += self._literals(left.thing, operator, right.node)
            self.problems += self._literals(right.thing, operator, left.node)
        else:  # `in` and `not in`
            for constant in constants_of(right.node, several=True) or ():
                self.problems += self._comparison.equal(left.thing, constant)
            if isinstance(left.node, nodes.Const):
                self._contained(left.node.value, right.thing, values)

    def _contained(self, constant: Any, thing: Thing, values: Values) -> None:
        if thing == Attribute(FIELDS):
            self._field(str(constant), values)
        else:
            self.problems += self._comparison.contained(constant, thing)

    def _literals(self, thing: Thing, operator: str, node: nodes.Expr) -> Iterator[str]:
        if isinstance(node, nodes.Const):
            yield from self._comparison.equal(thing, node.value)
            if operator in _ORDER and node.value is None:
                yield f"`{_OPERATORS.get(operator, operator)}` compares nothing with none; use `is defined`"
