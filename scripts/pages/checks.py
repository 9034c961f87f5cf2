"""`docs/checks.md`: the language of checks, from what validates it and what runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from proxbox_plan.config.check_tests import FOLDER, check_tests_schema
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.plan import Action, Reason
from proxbox_plan.policy.checks.expression import FILTERS, LONGEST, TESTS
from proxbox_plan.policy.checks.validation import problems_of
from proxbox_plan.policy.checks.vocabulary import ATTRIBUTES, CAUSES, FIELDS, SIDES, ValueType, Vocabulary
from scripts.pages.configuration import Walk
from scripts.pages.tables import codes, table

# A test runs these against each other.
CONFIG: Final = """\
include: [checks/machines.yaml]

clusters:
  - name: lab
    host: pve.example.com
    token: {id: "netbox@pve!sync", secret: {env: PVE_TOKEN}}
    site: DC1
"""
SHARED: Final = """\
checks:
  - name: no shrinking
    when: change.fields.memory.after < change.fields.memory.before
    message: a machine that loses memory has a ticket

  - name: deletions
    when: change.action == "delete" and change.kind in ["virtual-machine", "device"]
    severity: require
    label: deletions-reviewed

  - name: databases
    when: change.kind == "virtual-machine" and change.name is like "db-*"
    severity: advisory
    message: tell the database team
"""
TESTS_FILE: Final = """\
tests:
  - name: a machine that shrinks is denied
    change:
      action: update
      kind: virtual-machine
      name: db-1
      fields:
        memory: {before: 8192, after: 4096}
    expect: [no shrinking, databases]
    absent: [deletions]

  - name: an interface may be deleted
    change: {action: delete, kind: vm-interface, name: net1}
    absent: [deletions]
"""

HEAD: Final = """\
# Checks

Generated from what validates and runs checks by `./dev generate`; don't edit it.

A check is a rule of your configuration about plans. It has an expression that is tried on each change of a plan, and a
severity that says what a plan needs when a change matches:

{severities}
Checks are computed when a plan is made, and again from the configuration when it is applied: what the plan file says of
them permits nothing.

A file of checks can be shared by several configurations: it has nothing but `checks`, and each configuration names it
in `include`. Errors name the file and line where the check is. With this `proxbox.yaml`

```yaml
{config}```

and this `checks/machines.yaml`

```yaml
{shared}```

a plan that takes memory from a machine is refused (exit code 3), and one that deletes a machine is applied with
`proxbox apply plan.json --label deletions-reviewed`. The [pipelines](pull-requests.md) pass the labels of the pull
request. The keys of a check are in [the configuration](configuration.md#checks).

## A typo is an error

`proxbox validate`, and every other command, refuses an expression that names what does not exist, compares a value with
one that it never has, or can never match:

```text
{mistakes}```

Kinds and fields are those of the [mapping](mapping.md), and clusters those of the configuration. The conditions around
a field count: `change.kind == "device" and change.fields.memory.after > 1` is an error, as devices have no memory. Not
validated are names of objects, statuses and other values that NetBox's users choose. A shared check that is about a
cluster which not every configuration has uses a pattern: `change.cluster is like "prod*"`.

## Expressions

An expression is one of [Jinja2](https://jinja.palletsprojects.com/templates/#expressions), of at most {longest:,}
characters, and reads `change`:

"""
FIELDS_HEAD: Final = """\
`change.fields.NAME` has these. A field that the change does not touch, and a side without a value, are `none`. No other
comparison with them is met, not even `!=`; `not` and `not in` are.
"""
OPERATORS: Final = """\
| Write | For |
| --- | --- |
| `==` `!=` `<` `<=` `>` `>=` | comparisons |
| `and` `or` `not` `( )` | conditions |
| `change.kind in ["vlan", "prefix"]`, `not in` | one of several |
| `"memory" in change.fields`, `change.fields.memory is defined` | whether a field is touched |
| `change.name is like "db-*"` | a glob, in any case, or a [regular expression](configuration.md#rules) |
| `"backup" in change.fields.tags.after` | an item of a list, or a part of a text |
| `change.fields.tenant is defined and change.fields.tenant.after is none` | a value that is emptied |
| `change.fields.status.cause == "netbox"` | a field that was edited in NetBox |
| `+ - * / // %` `~` | arithmetic with small numbers, and joined texts |
| `change.name\\|lower` | filters |

References are names (`change.fields.role.after == "Database"`), numbers have no quotes, memory and disks are in
[NetBox's units](mapping.md). Nothing is called, assigned or looped over. An expression that cannot be computed for a
change counts as matched: what cannot be judged is not permitted. Tests (`is`) are {tests}. Filters are:
{filters}.
"""
TESTING: Final = """\
## Check tests

`proxbox validate` runs the tests in `{folder}` beside the configuration, or those of `--check-tests GLOB`, and
contacts nothing. It ends with 1 when a test fails, says where, and writes JUnit XML with `--junit FILE` and JSON with
`--json`.
These tests of the checks above pass:

```yaml
{tests}```

A test of a change that no plan has, or of a check that does not exist, fails. `proxbox schema check-tests` prints the
JSON Schema of the file:
"""
FIELDS_OF_KINDS: Final = """\
## Fields of each kind

Without a word a field is text: also choices, times, MAC addresses, addresses with their prefix length, and references.
Custom fields that rules fill are `cf_NAME`.
"""
_MARKS: Final = {
    ValueType.TEXT: "",
    ValueType.NUMBER: " (number)",
    ValueType.BOOLEAN: " (`true` or `false`)",
    ValueType.LIST: " (list)",
    ValueType.ANY: " (any)",
}
_SEVERITIES: Final = {
    "`advisory`": "is applied; the plan and its reports say what matched and why",
    "`require`": "is applied only with the label: `apply --label LABEL`, or a label of its pull request",
    "`deny`": "is refused, by `plan` and by `apply`; this is the default",
}
# What is shown as mistakes; a test runs them.
MISTAKES: Final = (
    'change.acton == "delete"',
    "change.feilds.memory.after > 4096",
    'change.kind == "virtual-machines"',
    'change.fields.memory.after < "4096"',
)


def page() -> str:
    """Return the page."""
    vocabulary = Vocabulary.of(KINDS, ["lab"])
    tests = check_tests_schema()
    head = HEAD.format(
        severities="\n".join(table(("Severity", "A plan with a match"), _SEVERITIES.items())),
        config=CONFIG,
        shared=SHARED,
        mistakes="".join(f"{line}\n" for line in _mistakes(vocabulary)),
        longest=LONGEST,
    )
    parts = [
        head.rstrip("\n") + "\n",
        *table(("Key", "Meaning", "Values"), _attributes()),
        FIELDS_HEAD,
        *table(("Key", "Meaning", "Values"), _sides()),
        OPERATORS.format(tests=codes(TESTS, last="and"), filters=codes(FILTERS, last="and")),
        TESTING.format(folder=FOLDER, tests=TESTS_FILE),
        *Walk(tests["$defs"]).sections(tests),
        FIELDS_OF_KINDS,
        *table(("Kind", "Fields"), _fields(vocabulary)),
    ]
    return "\n".join(parts)


def _mistakes(vocabulary: Vocabulary) -> Iterator[str]:
    """Yield what each mistake is told, as in the file of checks."""
    for expression in MISTAKES:
        yield f"when: {expression}"
        yield from (f"    {problem}" for problem in problems_of(expression, vocabulary))


def _attributes() -> Iterator[tuple[str, ...]]:
    values = {
        "action": codes(Action, last="or"),
        "kind": "those [below](#fields-of-each-kind)",
        "reason": codes(Reason, last="or"),
        "cluster": "the clusters of the configuration, or nothing",
        FIELDS: "see below",
    }
    for name, meaning in ATTRIBUTES.items():
        yield f"`change.{name}`", meaning, values.get(name, "text")


def _sides() -> Iterator[tuple[str, ...]]:
    for name, meaning in SIDES.items():
        yield f"`{name}`", meaning, codes(CAUSES) if name == "cause" else "as the field is"


def _fields(vocabulary: Vocabulary) -> Iterator[tuple[str, ...]]:
    for kind, fields in sorted(vocabulary.fields.items()):
        words = (f"`{name}`{_MARKS[type_]}" for name, type_ in sorted(fields.items()))
        yield f"`{kind}`", ", ".join(words)
