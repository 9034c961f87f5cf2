"""Parses YAML into plain values, with the line and column of every key and value.

YAML 1.2 scalars only: `no` and `on` are text, as is `12:30`. Aliases and merge keys work, within bounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final

import yaml

from proxbox_plan.config.diagnostic import Diagnostic, FilePosition, Location
from proxbox_plan.config.syntax import syntax_error

MOST_CHARACTERS: Final = 1_000_000
MOST_VALUES: Final = 100_000
DEEPEST: Final = 40

_NULL: Final = "tag:yaml.org,2002:null"
_BOOL: Final = "tag:yaml.org,2002:bool"
_INT: Final = "tag:yaml.org,2002:int"
_FLOAT: Final = "tag:yaml.org,2002:float"
_TOO_MUCH: Final = "holds too many or too deeply nested values (check for aliases of aliases)"
_PLAIN: Final = {_NULL, _BOOL, _INT, _FLOAT, *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))}


class _TooLargeError(yaml.YAMLError):
    """The document exceeds the bounds at this position."""

    def __init__(self, mark: yaml.Mark) -> None:
        super().__init__(_TOO_MUCH)
        self.place = FilePosition.of(mark)


class _Composer(yaml.SafeLoader):
    """Composes nodes with YAML 1.2 scalars, within bounds; tags never construct objects."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # shadows PyYAML's own
    _values = 0
    _depth = -1  # depth of the node that is composed; 0 for the root

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node, as PyYAML does; a key has no index and does not count as a value."""
        self._values += parent is None or index is not None
        self._depth += 1
        if self._values > MOST_VALUES or self._depth > DEEPEST:
            raise _TooLargeError(self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


_Composer.add_implicit_resolver(_NULL, re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""])
_Composer.add_implicit_resolver(_BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF"))
_Composer.add_implicit_resolver(_INT, re.compile(r"[-+]?[0-9]{1,40}\Z"), list("-+0123456789"))
_Composer.add_implicit_resolver(
    _FLOAT, re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z"), list("-+.0123456789")
)


@dataclass(slots=True)
class ParsedFile:
    """A parsed file: the values, their positions, and the diagnostics so far."""

    file: str
    data: Any = None
    values: dict[Location, FilePosition] = field(default_factory=dict)
    keys: dict[Location, FilePosition] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def place(self, location: Location, *, key: bool = False) -> FilePosition:
        """Return the position of `location`, or of the nearest enclosing value in the file."""
        for length in range(len(location), -1, -1):
            part = location[:length]
            if key and length == len(location) and part in self.keys:
                return self.keys[part]
            if part in self.values:
                return self.values[part]
        return FilePosition(1, 1)


def parse(text: str, file: str) -> ParsedFile:
    """Parse `text`. Errors are in `diagnostics`; `data` must not be used then."""
    source = ParsedFile(file)
    if len(text) > MOST_CHARACTERS:
        source.diagnostics.append(Diagnostic(FilePosition(1, 1), f"is larger than {MOST_CHARACTERS:,} characters"))
        return source
    try:
        root = _Composer(text).get_single_node()
        source.data = None if root is None else _Reader(source).value(root, ())
    except _TooLargeError as error:
        source.diagnostics.append(Diagnostic(error.place, _TOO_MUCH))
    except yaml.YAMLError as error:
        source.diagnostics.append(syntax_error(error, text))
    except ValueError:
        source.diagnostics.append(Diagnostic(FilePosition(1, 1), "holds an impossible character"))
    return source


class _Reader:
    """Walks the nodes once and counts values, so that a small file cannot become a large value."""

    def __init__(self, source: ParsedFile) -> None:
        self._source = source
        self._count = 0
        self._full = False
        self._open: list[yaml.MappingNode] = []  # the nodes being read, outermost first

    def value(self, node: yaml.Node, location: Location) -> Any:
        """Return the plain value of a node and record its position."""
        place = FilePosition.of(node.start_mark)
        self._source.values.setdefault(location, place)
        if not self._admit(place, location):
            return None
        if node.tag not in _PLAIN:
            self._report(place, f"the tag {node.tag[:40]} is not supported; write plain text, numbers, lists and keys")
            return None
        match node:
            case yaml.MappingNode():
                return self._mapping(node, location)
            case yaml.SequenceNode():
                return self._sequence(node, location)
            case _:
                return self._scalar(node)

    def _sequence(self, node: yaml.SequenceNode, location: Location) -> list[Any]:
        # Stops at the bounds: aliases can stand for billions of values.
        items = takewhile(lambda _: not self._full, enumerate(node.value))
        return [self.value(item, (*location, index)) for index, item in items]

    def _admit(self, place: FilePosition, location: Location) -> bool:
        """Count one more value; false once the bounds are exceeded."""
        self._count += 1
        depth = max(len(location), len(self._open))  # a merged mapping has the depth of the mapping it is merged into
        if self._full or (self._count <= MOST_VALUES and depth <= DEEPEST):
            return not self._full
        self._full = True
        self._report(place, _TOO_MUCH)
        return False

    def _report(self, place: FilePosition, message: str) -> None:
        diagnostic = Diagnostic(place, message)
        if diagnostic not in self._source.diagnostics:
            self._source.diagnostics.append(diagnostic)

    def _scalar(self, node: yaml.Node) -> Any:
        text: str = node.value
        try:
            match node.tag:
                case t if t == _NULL:
                    return None
                case t if t == _BOOL:
                    return text.lower() == "true"
                case t if t == _INT:
                    return int(text)
                case t if t == _FLOAT:
                    return float(text)
        except ValueError:  # an explicit tag on the wrong text: `!!int abc`
            self._report(FilePosition.of(node.start_mark), f"does not match its tag {node.tag.rpartition(':')[2]}")
        return text

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        self._open.append(node)
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key_node, value_node in takewhile(lambda _: not self._full, node.value):
            place = FilePosition.of(key_node.start_mark)
            if key_node.tag == "tag:yaml.org,2002:str" and key_node.value == "<<":
                merged = self._merge(value_node, location) | merged
            elif not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
                self._report(place, "a key must be text; put quotes around it")
            elif key_node.value in own:
                self._report(place, f"duplicate key '{key_node.value[:60]}'")
            else:
                here = (*location, key_node.value)
                self._source.keys[here] = place
                self._source.values[here] = FilePosition.of(value_node.start_mark)
                own[key_node.value] = self.value(value_node, here)
        self._open.pop()
        return merged | own

    def _merge(self, node: yaml.Node, location: Location) -> dict[str, Any]:
        """Return the values of `<<`: a mapping, or a list of mappings of which the first wins."""
        merged: dict[str, Any] = {}
        for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            place = FilePosition.of(part.start_mark)
            if not isinstance(part, yaml.MappingNode):
                self._report(place, "only a mapping can be merged with '<<'")
            elif any(part is outer for outer in self._open):
                self._report(place, "a mapping cannot be merged with itself")
            elif self._admit(place, location):
                merged = self._mapping(part, location) | merged
        return merged
