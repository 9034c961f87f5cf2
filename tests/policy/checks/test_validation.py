"""What a check names must exist: a typo would be a check that never matches, without a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.readable import kinds_of
from proxbox_plan.model.plan import Action, Reason
from proxbox_plan.model.policy import Rule, Targets
from proxbox_plan.policy.checks.expression import FILTERS, LONGEST, compiled
from proxbox_plan.policy.checks.run import evaluated, view_of
from proxbox_plan.policy.checks.validation import problems_of
from proxbox_plan.policy.checks.vocabulary import ValueType, Vocabulary
from scripts.pages import checks as page
from tests.cases import Cases
from tests.plan import everything as full
from tests.plan.world import World, policy
from tests.work import calls_of

KNOWN = Vocabulary.of(KINDS, ["lab", "branch-office"])
MOST_CALLS = 2_000_000  # a walk that doubles with each level makes billions
PYTHON = {
    ValueType.TEXT: str,
    ValueType.NUMBER: int | float,
    ValueType.BOOLEAN: bool,
    ValueType.LIST: list,
    ValueType.ANY: object,
}


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ('change.acton == "delete"', "`change.acton` does not exist; did you mean 'action'?"),
        ("change.feilds.memory.after > 1", "`change.feilds` does not exist; did you mean 'fields'?"),
        ("change.fields.memroy.after > 1", "no kind has a field 'memroy'; did you mean 'memory'?"),
        ('"memroy" in change.fields', "no kind has a field 'memroy'; did you mean 'memory'?"),
        ('change.fields["memroy"] is defined', "no kind has a field 'memroy'; did you mean 'memory'?"),
        ("change.fields.memory.befor > 1", "`change.fields.memory.befor` does not exist; did you mean 'before'?"),
        ("chnage.action", "`chnage` does not exist; did you mean 'change'?"),
        ("plan.changes", "`plan` does not exist; a check reads `change`"),
        ('change.kind == "virtual-machines"', "`change.kind` is never 'virtual-machines'; did you mean"),
        ('change.kind == "vm"', "`change.kind` is never 'vm'; did you mean 'virtual-machine'?"),
        ('"virtual-machines" != change.kind', "`change.kind` is never 'virtual-machines'; did you mean"),
        ('change.kind in ["vlan", "prefx"]', "`change.kind` is never 'prefx'; did you mean 'prefix'?"),
        ('change.kind is in ["prefx"]', "`change.kind` is never 'prefx'; did you mean 'prefix'?"),
        ('change.kind|lower == "prefx"', "`change.kind` is never 'prefx'; did you mean 'prefix'?"),
        ('change.action not in ["delete", "remove"]', "`change.action` is never 'remove'; did you mean 'move'?"),
        ('change.reason == "why"', "`change.reason` is never 'why'; it is one of assigned-to-another-interface"),
        ('change.cluster == "labb"', "`change.cluster` is never 'labb'; did you mean 'lab'?"),
        ('change.fields.name.cause == "netbx"', "`change.fields.name.cause` is never 'netbx'; did you mean 'netbox'?"),
        ('"interfaces" in change.kind', "no value of `change.kind` contains 'interfaces'"),
        ('change.kind == "tenant"', "`change.kind` is never 'tenant'"),  # it is looked up only
        ('change.address == "vm:lab/qemu/1"', "'vm:lab/qemu/1' is not an address (KIND:KEY)"),
        ('change.fields.memory.after < "4096"', "`change.fields.memory.after` is a number, and '4096' is text"),
        ("change.fields.name.after == 5", "`change.fields.name.after` is text, and 5 is a number"),
        ('change.fields.enabled.after == "true"', "`change.fields.enabled.after` is true or false, and 'true' is text"),
        ('change.fields.tags.after == "a"', "is a list: ask with `'a' in change.fields.tags.after`"),
        ('"4" in change.fields.memory.after', "`change.fields.memory.after` is a number and contains nothing"),
        ("change.name == 5", "`change.name` is text, and 5 is not"),
        ("change.fields.memory.after < none", "`<` compares nothing with none; use `is defined`"),
        (
            "change.fields.memory > 5",
            "`change.fields.memory` has no value of its own; read one of before, after, cause",
        ),
        ('change == "delete"', "`change` has no value of its own; read one of action, kind"),
        ("change.name.upper", "`change.name` is text and has no key 'upper'"),
        ("change.fields.memory.after.x", "`change.fields.memory.after` is a number and has no key 'x'"),
        ("change[0]", "`change[...]` takes a name in quotes"),
        ("change.fields.items", "no kind has a field 'items'"),
        ("change.fields.cf_billing.after", "no kind has a field 'cf_billing'; no rule fills this custom field"),
        ('change.name.startswith("a")', "a check calls nothing"),
        ('change.name is like "/(/"', "is not a regular expression"),
        ("change.name is like 5", "5 is no pattern; put quotes around it"),
        ("change.name is like", "`is like` takes one value"),
        ("change.fields.memory.after == true", "`change.fields.memory.after` is a number, and True is true or false"),
        ("change.name|uper", "there is no filter 'uper'; did you mean 'upper'?"),
        ('change.name is lke "a"', "there is no test 'lke'; did you mean 'like'?"),
        ('change.action = "delete"', "is not an expression: chunk after expression; compare with `==`"),
        ('change.action == "delete" && true', "write `and`"),
        ("x" * (LONGEST + 1), "longer than 1000 characters"),
    ],
)
def test_a_mistake_is_told_with_what_was_meant(expression: str, problem: str) -> None:
    """Names, values of closed lists and types; with the nearest name, or those there are."""
    assert problem in "\n".join(problems_of(expression, KNOWN))


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ('change.kind == "device" and change.fields.memory.after > 1', "no device has a field 'memory', only"),
        ('change.fields.memory.after > 1 and change.kind == "device"', "no device has a field 'memory', only"),
        ('not (change.kind != "vlan") and change.fields.memory.after > 1', "no vlan has a field 'memory', only"),
        ('change.kind != "vlan" or change.fields.memory.after > 1', "no vlan has a field 'memory', only"),
        ('change.fields.memory.after if change.kind == "vlan" else false', "no vlan has a field 'memory', only"),
        ('change.kind == "device" and change.kind == "vlan"', "never matches: no value of `change.kind` is possible"),
        ('change.action == "delete" and not change.action in ["delete"]', "no value of `change.action` is possible"),
        ('change.action == "create" and change.fields.memory.before > 1', "that creates an object has no `before`"),
        ('change.action == "delete" and change.fields.memory.after > 1', "that deletes an object has no `after`"),
    ],
)
def test_what_can_never_match(expression: str, problem: str) -> None:
    """The conditions around a field say which kinds and actions are left."""
    assert problem in "\n".join(problems_of(expression, KNOWN))


@pytest.mark.parametrize(
    "expression",
    [
        "true",
        'change.action == "delete"',
        "change.fields.memory.after < change.fields.memory.before",
        'change.kind == "device" or change.fields.memory.after > 4096',
        'change.kind in ["virtual-machine", "device"] and change.fields.status.after == "my own status"',
        'change.cluster is none or change.cluster is like "prod*"',
        '"interface" in change.kind',
        '"backup" not in change.fields.tags.after',
        "change.fields.tenant is defined and change.fields.tenant.after is none",
        "change.fields.memory.after == none",
        'change.address == "virtual-machine:lab/qemu/100"',
        'change.name[:3] == "db-" and change.fields.tags.after[0] == "a"',
        "(change.fields.memory.after - change.fields.memory.before) * 100 > 50",
        'change["fields"]["memory"]["after"] > 1',
        'change.fields.tags.after|select("equalto", "a")|list|length > 0',
        'change.name ~ "-" ~ change.kind == "a-b"',
        'change["kind"] == "device"',
        'change.fields.enabled.after == true if change.kind == "vm-interface"',
        "change.name is like change.cluster",
        "change.name == change.cluster",
    ],
)
def test_what_is_right_is_accepted(expression: str) -> None:
    """Also values that NetBox's users choose, and comparisons with what is empty."""
    assert problems_of(expression, KNOWN) == ()


@pytest.mark.covering
def test_every_name_of_the_vocabulary_is_accepted() -> None:
    """Each kind with each of its fields, each action, reason and filter."""
    with Cases() as case:
        for kind, fields in KNOWN.fields.items():
            for name in fields:
                with case(kind, name):
                    assert problems_of(f'change.kind == "{kind}" and change.fields.{name} is defined', KNOWN) == ()
        for key, values in (("action", Action), ("reason", Reason)):
            for value in values:
                with case(value):
                    assert problems_of(f'change.{key} == "{value}"', KNOWN) == ()
        for name in FILTERS:
            with case(name):
                assert problems_of(f"change.name|{name}", KNOWN) == ()


def test_the_vocabulary_is_that_of_plans() -> None:
    """Every field of every change of a large plan is known, and is of the type that checks are validated with."""
    made = World(full.state(full.cluster()), policy(full.cluster_policy(), areas=full.ALL), plugins=full.PLUGIN)
    changes = made.plan().changes
    assert len({change.kind for change in changes}) > 30
    with Cases() as case:
        for change in changes:
            for name, sides in view_of(change)["fields"].items():
                with case(change.address, name):
                    expected = PYTHON[KNOWN.fields[change.kind][name]]
                    assert all(isinstance(sides[side], expected) for side in ("before", "after") if side in sides)


def test_a_custom_field_that_a_rule_fills() -> None:
    """It is a field of its kind then, of any type."""
    filled = policy(rules=(Rule(set=Targets(custom_fields={"owner": "x"})),))
    known = Vocabulary.of(kinds_of(filled), ["lab"])
    assert problems_of('change.fields.cf_owner.after == "x" or change.fields.cf_owner.after == 5', known) == ()
    assert "did you mean 'cf_owner'" in problems_of("change.fields.cf_ownr.after", known)[0]


def test_each_mistake_of_an_expression_is_told() -> None:
    """All at once, and each once."""
    found = problems_of('change.acton == "x" or change.kind == "vlam" or change.acton == "y"', KNOWN)
    assert [item.partition(";")[0] for item in found] == [
        "`change.acton` does not exist",
        "`change.kind` is never 'vlam'",
    ]


@pytest.mark.parametrize(
    "expression",
    ["(" * 120 + "1" + " == 1)" * 120, "not " * 200 + "true", " and ".join(["true"] * 150), "-" * 500 + "1"],
)
def test_validation_is_bounded(expression: str) -> None:
    """An expression that is nested as deeply as its length allows."""
    assert calls_of(lambda: problems_of(expression, KNOWN)) < MOST_CALLS


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ("change.fields.vcpus.after > 1", False),
        ("change.fields.vcpus.after != 1", False),
        ("change.fields.vcpus.after == none", True),
        ("change.fields.vcpus.after is none", True),
        ("change.fields.vcpus.after == change.fields.vcpus.before", True),
        ("change.fields.vcpus is defined", False),
        ("change.fields.memory.before is none", True),
        ("change.fields.memory.after != 1", True),
        ('change.name is like "VM-*"', True),
        ('change.name is like "/^vm-1..$/"', True),
        ('change.fields.vcpus.after is like "*"', False),
        ('change["name"] == change.name', True),
        ("change.keys", False),
        ('change["keys"]', False),
    ],
)
def test_what_is_absent_compares_to_nothing(expression: str, met: bool) -> None:  # noqa: FBT001 # a case
    """A field that a change does not touch, or a side without a value, is none and nothing else."""
    view = {"name": "vm-100", "fields": {"memory": {"after": 2048, "cause": "new"}}}
    assert evaluated(compiled(expression), view) == (met, "")


def test_the_documented_mistakes() -> None:
    """Each is one."""
    assert all(problems_of(expression, KNOWN) for expression in page.MISTAKES)


TOKENS = (
    *("change", ".", "kind", "fields", "memory", "after", "name", "[", "]", "(", ")", "|", "~", "-", ",", ":"),
    *("==", "<", "in", "not", "and", "or", "is", "like", "defined", "if", "else", "none", "true", "5", "'a'", "lower"),
    *("change.kind", "change.fields.memory.after", "change.fields.tags.after", "'device'", "change.action", "{", "}"),
)


@given(st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join))
def test_whatever_is_written_is_judged(expression: str) -> None:
    """Problems or none, and never another error; what has none compiles."""
    if not problems_of(expression, KNOWN):
        compiled(expression)
