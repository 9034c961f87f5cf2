"""`docs/configuration.md`: every key of proxbox.yaml, from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from proxbox_plan.config import config_schema
from proxbox_plan.config.environment import VARIABLES
from proxbox_plan.config.whole import ADD_UP
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.facts import ClusterFacts, GuestFacts, NodeFacts
from proxbox_plan.planner.templates import FILTERS
from scripts.pages.tables import codes, table

TEMPLATE: Final = Path(__file__).parents[2] / "proxbox_plan" / "cli" / "templates" / "proxbox.yaml"

HEAD = """\
# Configuration

Generated from the models in `proxbox_plan/config/` by `./dev generate`; don't edit it.

`proxbox init` writes this file. `proxbox validate` checks yours, and names every mistake with its line and column.
`proxbox schema config` prints the JSON Schema, with which editors complete and check the keys.

```yaml
{template}```
"""

RULES = """\
## Rules

`rules` are for guests, `node_rules` for nodes; both may stand in a cluster, where they are tried first, and at the top
for all clusters. `cluster_rules` give a cluster other values than its own keys of that name, and with it everything in
the cluster.

* Text in a condition is a glob (`web*`, any case), or a regular expression between slashes (`/^db[0-9]+$/`). All keys
  of a condition must hold; of a list, one. `any` wants one of its conditions to hold, `unless` wants its own not to.
* The first rule that gives a value wins, value by value; custom fields likewise, each by itself. What no rule gives
  comes from `guests` and `nodes` of the cluster, then from the cluster's other keys, then from Proxmox. Only tags add
  up: an object gets those of every rule that is met.
* What a rule asks for and Proxmox did not answer (the configuration of a guest on a node that is down) decides nothing:
  the values it could give stay as they are in NetBox.
* A value that rules give is [owned](mapping.md) like any other of its field: role, tenant, custom fields and the like
  belong to people once they touched them, unless `owners` says otherwise (`virtual-machine: {cf_owner: proxmox}`). When
  no rule gives a value any more, what is in NetBox stays.
* Roles, platforms, device types, virtual machine types, VLAN groups and tags are made when they are missing; sites are
  with `mapping.create_sites`. Tenants, VRFs, locations, cluster groups and custom fields must exist.

`proxbox validate --explain GUEST` shows which rule gives a guest in `state.json` which value, and why the others don't.
[Mapping tests](mapping-tests.md) keep it so.
"""

TEMPLATES = """\
## Templates

A value of `set` with `{{{{` or `{{%` in it is a [Jinja2](https://jinja.palletsprojects.com/templates/) template:
`{{{{ match.env }}}}-{{{{ guest.hostname|lower }}}}`. It reads `cluster`, `guest` (or `node`, in rules for nodes) and
`match`: the named groups of the rule's regular expressions, `/^(?P<env>[a-z]+)-/`. A template may choose (`if`) and
loop once (`for`). It can't assign, call or include. Its filters:
{filters}.

An empty result gives no value: the next rule is tried. A template that fails for one guest is the problem
[`rule-failed`](problems.md#rule-failed) of that guest; one that does not compile is an error before anything is
planned.
"""

FILES = """\
## Several files

`include` names files to read too, relative to the file that names them; `clusters/*.yaml` is one file for each cluster.
A pattern that matches nothing is an error. Paths inside start at the main file, wherever they are written. The files
hold the same keys as the main one (`proxbox schema include` prints their JSON Schema). Every key may stand in one file
only, but for these, which add up in the order of the files:
{lists}.

To have an editor check and complete the keys, write the schema beside the files and name it in their first line:

```sh
proxbox schema config > .proxbox.schema.json
sed -i '1i # yaml-language-server: $schema=.proxbox.schema.json' proxbox.yaml
```

## Variables in texts

`${{NAME}}` in a text is the environment variable NAME, `${{NAME:-default}}` has a text for when it is unset or empty.
An unset one without a default is an error. `$${{` stands for the characters `${{`; a dollar anywhere else is a dollar.
In lists and mappings in one line, put quotes around it: `["${{NAME}}"]`. Secrets are never filled in: a token or
password is only named (`{{env: NAME}}`), and a variable that is named so can't be used in a text.
"""

ENVIRONMENT = """\
## Environment

These variables win over the same key of the section `netbox`. An empty one says nothing.
"""

Schema = dict[str, Any]


def page() -> str:
    """Return the page."""
    schema = config_schema()
    return "\n".join([
        HEAD.format(template=TEMPLATE.read_text(encoding="utf-8")),
        RULES,
        TEMPLATES.format(filters=codes(FILTERS, last="and")),
        *(line for facts in (GuestFacts, NodeFacts, ClusterFacts) for line in _facts(facts)),
        FILES.format(lists=codes(ADD_UP, last="and")),
        *Walk(schema["$defs"]).sections(schema),
        ENVIRONMENT,
        *table(("Variable", "Key"), ((f"`{name}`", f"`netbox.{key}`") for name, key in VARIABLES.items())),
    ])  # fmt: skip


def _facts(model: type[Frozen]) -> Iterator[str]:
    """Yield the table of what templates may read of one thing."""
    yield f"{(model.__doc__ or '').replace(':', ' is', 1)}\n"
    rows = ((f"`{name}`", FACT_TYPES[str(field.annotation)], field.description or "")
            for name, field in model.model_fields.items())  # fmt: skip
    yield from table(("Key", "Value", "Meaning"), rows)


FACT_TYPES: Final = {
    "<class 'str'>": "text", "<class 'int'>": "whole number", "<class 'bool'>": "`true` or `false`",
    "tuple[str, ...]": "list of text", "tuple[int, ...]": "list of whole numbers", "float | None": "number or nothing",
    "int | None": "whole number or nothing",
}  # fmt: skip


class Walk:
    """Goes through the schema once; a part used in several places is shown where it is met first."""

    def __init__(self, parts: dict[str, Schema]) -> None:
        """Take the parts that the schema refers to."""
        self._parts = parts
        self._places: dict[str, list[str]] = {}

    def sections(self, root: Schema) -> Iterator[str]:
        """Yield a section for the top level, and one for each part."""
        self._find(root, "")
        yield from self._section("Top level", [], root)
        for name, places in self._places.items():
            yield from self._section(f"`{places[0]}`", places[1:], self._parts[name])

    def _find(self, schema: Schema, path: str) -> None:
        """Note under which keys each part stands."""
        for key, value in schema["properties"].items():
            for name, marks in self._references(value):
                place = f"{path}{key}{marks}"
                known = self._places.setdefault(name, [])
                if place not in known and not any(place.startswith(f"{other}.") for other in known):
                    known.append(place)
                    self._find(self._parts[name], f"{place}.")

    def _references(self, schema: Schema, marks: str = "") -> Iterator[tuple[str, str]]:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if "properties" in self._parts[name]:
                yield name, marks
        for option in schema.get("anyOf", ()):
            yield from self._references(option, marks)
        if isinstance(schema.get("items"), dict):
            yield from self._references(schema["items"], f"{marks}[]")

    def _section(self, title: str, also: list[str], schema: Schema) -> Iterator[str]:
        yield f"## {title}\n"
        yield f"{schema['description']}\n"
        if also:
            yield f"The same keys: {codes(also, last='and')}.\n"
        required = schema.get("required", ())
        rows = (self._row(key, value, needed=key in required) for key, value in schema["properties"].items())
        yield from table(("Key", "Value", "Default", "Meaning"), rows)

    def _row(self, key: str, schema: Schema, *, needed: bool) -> tuple[str, ...]:
        default = "**required**" if needed else _default(schema)
        return f"`{key}`", self._value(schema), default, schema.get("description") or self._described(schema)

    def _described(self, schema: Schema) -> str:
        """Return the first line of the part a key holds."""
        name = next((name for name, _ in self._references(schema)), None)
        return str(self._parts[name]["description"]) if name else ""

    def _value(self, schema: Schema) -> str:
        if "anyOf" in schema:
            return " or ".join(self._value(option) for option in schema["anyOf"] if option.get("type") != "null")
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            part = self._parts[name]
            return _anchor(self._places[name][0]) if "properties" in part else codes(part["enum"])
        if "enum" in schema:
            return codes(schema["enum"])
        match schema["type"]:
            case "array":
                return f"list of {self._value(schema['items'])}"
            case "object":
                inner = schema["additionalProperties"]
                return "map" if inner is True else f"map to {self._value(inner)}"
            case other:
                return f"{_TYPES[other]}{_bounds(schema)}"


_TYPES: Final = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}


def _anchor(place: str) -> str:
    slug = "".join(letter for letter in place if letter.isalnum() or letter in "_-")
    return f"[`{place}`](#{slug})"


def _bounds(schema: Schema) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum")
    if low is None:
        return ""
    lowest = f"above {low}" if "exclusiveMinimum" in schema else f"from {low}"
    return f", {lowest}" if high is None else f", {lowest} to {high}"


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value in (None, [], {}) or isinstance(value, dict):
        return "—"
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"
