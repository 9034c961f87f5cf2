"""Templates: values of rules, as plain text or as a sandboxed template over the documented facts.

A template may print, choose and loop once; it cannot assign, define, include or call, so its work is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, nodes

from proxbox_plan.core.errors import ConfigError
from proxbox_plan.core.sanitize import note
from proxbox_plan.model.policy.rules import TEMPLATE_MARKS
from proxbox_plan.rules.sandbox import HARMLESS, Sandbox, words_of

LONGEST: Final = 2000  # characters of a template
LONGEST_RESULT: Final = 100_000  # characters of its result
ROOTS: Final = ("guest", "node", "cluster", "address", "match")
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Expr,
    nodes.Operand,
    nodes.Pair,
    nodes.Keyword,
)
_LOOP = "loop"


class TemplateFailedError(Exception):
    """A template failed for one object; the message says why."""


@dataclass(frozen=True, slots=True)
class CompiledValue:
    """A value of a rule: constant, or a template that reads `facts` (`guest.os`)."""

    source: Any
    template: Template | None = None
    facts: frozenset[str] = frozenset()

    def render(self, values: Mapping[str, Any]) -> Any:
        """Return the value for one object, without control characters; TemplateFailedError when it has none."""
        if self.template is None:
            return self.source
        pieces: list[str] = []
        size = 0
        try:
            for piece in self.template.generate(values):
                size += len(piece)
                if size > LONGEST_RESULT:
                    raise TemplateFailedError(f"its result is longer than {LONGEST_RESULT:,} characters")  # noqa: TRY301
                pieces.append(piece)
        except TemplateFailedError:
            raise
        except Exception as error:  # noqa: BLE001 # any error of a template concerns one value of one object
            raise TemplateFailedError(words_of(error)) from None
        return note("".join(pieces))


def _printed(value: Any) -> Any:
    return "" if value is None else value


def _split(value: Any, separator: str | None = None) -> list[str]:
    return str(value).split(separator)


def _join(value: Collection[Any], separator: str = "") -> str:
    texts = [str(item) for item in value]
    _bounded(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _replace(value: Any, old: str, new: str) -> str:
    text = str(value)
    _bounded(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return text.replace(old, new)


def _bounded(size: int) -> None:
    if size > LONGEST_RESULT:
        raise TemplateError(f"its result is longer than {LONGEST_RESULT:,} characters")


_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {"join": _join, "replace": _replace, "split": _split}
_SANDBOX: Final = Sandbox(StrictUndefined, _FILTERS, finalize=_printed)
FILTERS: Final = tuple(sorted({*HARMLESS, *_FILTERS}))


def compiled(source: Any) -> CompiledValue:
    """Return a value of a rule, ready to render; ConfigError with the line in it when it is not a template."""
    return _compiled(source) if isinstance(source, str) else CompiledValue(source)


@lru_cache(maxsize=4096)
def _compiled(source: str) -> CompiledValue:
    if not any(mark in source for mark in TEMPLATE_MARKS):
        return CompiledValue(source)
    if len(source) > LONGEST:
        raise ConfigError(f"the template is longer than {LONGEST} characters")
    try:
        tree = _SANDBOX.parse(source)
        facts = frozenset(_facts(tree))
        return CompiledValue(source, _SANDBOX.from_string(tree), facts)
    except (TemplateError, RecursionError, SyntaxError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line} of it)" if line and "\n" in source.strip() else ""
        raise ConfigError(f"is not a template: {words_of(error)}{where}") from None


def check_template(source: Any, known: Mapping[str, Collection[str]]) -> None:
    """Raise ConfigError when a value is not a template, or reads an unknown fact; `known`: root -> its facts."""
    for fact in sorted(compiled(source).facts):
        root, _, name = fact.partition(".")
        if name not in known.get(root, ()):
            there = ", ".join(sorted(known.get(root, ()))) or "nothing here"
            raise ConfigError(f"the template reads {fact}, which does not exist; {root} has: {there}")


def _facts(tree: nodes.Template) -> Iterator[str]:
    """Yield each fact that a template reads (`guest.name`); TemplateError for a forbidden statement."""
    _check_shape(tree, loops=0)
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"} | {_LOOP}
    if reserved := own & set(ROOTS):
        raise TemplateError(f"{min(reserved)} is a reserved name")
    reads = 0
    read: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    for node in read:
        if isinstance(node.node, nodes.Name) and node.node.name in ROOTS:
            reads += 1
            yield f"{node.node.name}.{_key(node)}"
    for name in tree.find_all(nodes.Name):
        if name.name in ROOTS:
            reads -= 1
        elif name.name not in own:
            raise TemplateError(f"'{name.name}' does not exist; a template reads {', '.join(ROOTS)}")
    if reads:
        raise TemplateError(f"{', '.join(ROOTS)} are read with a key, such as guest.name")


def _key(node: nodes.Getattr | nodes.Getitem) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        return node.arg.value
    raise TemplateError(f"{ROOTS[0]}[...] takes a name in quotes")


def _check_shape(node: nodes.Node, loops: int) -> None:
    """Refuse statements that could run without bound: nested loops, macros, assignments, includes."""
    if not isinstance(node, _ALLOWED) or isinstance(node, nodes.Call):
        raise TemplateError(f"a template cannot {_NAMES.get(type(node).__name__, 'do that')} here")
    if isinstance(node, nodes.For):
        loops += 1
        if loops > 1 or node.recursive:
            raise TemplateError("a loop inside a loop is not allowed")
    for child in node.iter_child_nodes():
        _check_shape(child, loops)


_NAMES: Final = {
    "Assign": "assign",
    "AssignBlock": "assign",
    "Macro": "define a macro",
    "CallBlock": "call",
    "Call": "call",
    "Include": "include",
    "Import": "import",
    "FromImport": "import",
    "Extends": "extend",
    "Block": "define a block",
    "With": "assign",
    "FilterBlock": "filter a block",
}
