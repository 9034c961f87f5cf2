"""Whatever the rules, the parts of a plan are whole: neither needs the other, and together they are the plan."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.plan import Change, Plan
from proxbox_plan.model.plan.graph import PlanGraph
from proxbox_plan.model.policy import Policy, ReviewClass, ReviewCondition, ReviewRule
from proxbox_plan.model.reference import refs_of
from proxbox_plan.model.state import Guest
from proxbox_plan.plan import KINDS
from proxbox_plan.plan.review.split import part_of
from proxbox_plan.policy.review.permitted import check_reviewed
from tests.plan.lab import lab
from tests.plan.test_properties import SETTINGS, labs
from tests.plan.world import World, policy

KIND = st.sampled_from([None, "virtual-machine", "vm-interface", "virtual-disk", "ip-address", "v*", "tag", "device"])
ACTION = st.sampled_from([None, "create", "update", "delete", "move"])
FIELD = st.sampled_from([None, "memory", "status", "name", "tags", "primary_ip4"])
GUEST = st.sampled_from([None, None, "web", "d*"])


@st.composite
def rules(draw: st.DrawFn) -> ReviewRule:
    """Draw a rule."""
    when = ReviewCondition(kind=draw(KIND), action=draw(ACTION), field=draw(FIELD), guest=draw(GUEST))
    return ReviewRule(when=when, review=draw(st.sampled_from(list(ReviewClass))))


POLICIES = st.builds(
    lambda some, rest, gone: policy(review=(*some, ReviewRule(review=rest)), on_missing=gone),
    st.lists(rules(), max_size=3),
    st.sampled_from([ReviewClass.AUTO, ReviewClass.AUTO, ReviewClass.REVIEW]),
    st.sampled_from([{}, {"virtual-machine": OnMissing.DELETE}]),
)


def moved(before: tuple[Guest, ...], after: tuple[Guest, ...], under: Policy) -> World:
    """Return a world that was settled without rules, in which Proxmox has changed."""
    made = World(lab(*before), policy(on_missing=under.on_missing))
    made.settle()
    made.state, made.policy = lab(*after), under
    return made


def parts(plan: Plan, under: Policy) -> tuple[Plan, Plan]:
    """Return both parts of a plan."""
    return part_of(plan, ReviewClass.AUTO, under), part_of(plan, ReviewClass.REVIEW, under)


def content(made: World) -> list[Any]:
    """Return what NetBox says, whatever ids its objects have."""
    names = {(kind, row.id): row.key or row.name for kind, rows in made.rows.items() for row in rows.values()}

    def plain(value: Any) -> Any:
        if isinstance(value, dict) and "kind" in value and "id" in value:
            return value["kind"], names.get((value["kind"], value["id"]))
        return sorted(map(str, map(plain, value))) if isinstance(value, list) else value

    return sorted(
        (
            kind,
            str(row.key or row.name),
            row.tags,
            str(sorted((name, plain(item)) for name, item in row.fields.items())),
        )
        for kind, rows in made.rows.items()
        for row in rows.values()
    )


@SETTINGS
@given(labs(), labs(), POLICIES)
def test_each_part_is_a_plan_of_its_own(before: tuple[Guest, ...], after: tuple[Guest, ...], under: Policy) -> None:
    """No part refers to what another one makes, or waits for what another one frees."""
    made = moved(before, after, under)
    plan = made.plan()
    auto, review = parts(plan, under)
    for each in (plan, auto, review):
        PlanGraph.of(each, KINDS)
        check_reviewed(each, KINDS, under)
    found = {change.address for each in (auto, review) for change in each.changes}
    assert found == {change.address for change in plan.changes}
    held = {item.address for item in plan.held}
    assert not held & found
    whole = moved(before, after, under.replace(review=())).plan()
    assert {item.address for item in whole.changes} == held | found
    assert not [ref for change in plan.changes for ref in addresses_of(change) if ref in held]


def addresses_of(change: Change) -> list[str]:
    """Return what a change refers to that has no id yet."""
    refs = (ref for item in change.fields for ref in refs_of(item.after))
    return [str(ref.address) for ref in refs if ref.id is None]


@SETTINGS
@given(labs(), labs(), POLICIES, st.sampled_from([1, -1]))
def test_both_parts_leave_what_the_whole_plan_leaves(
    before: tuple[Guest, ...], after: tuple[Guest, ...], under: Policy, order: int
) -> None:
    """In any order, and then nothing is left but what is held."""
    made = moved(before, after, under)
    plan = made.plan()
    other = deepcopy(made)
    made.apply(plan)
    for part in parts(plan, under)[::order]:
        other.apply(part)
    assert content(other) == content(made)
    assert other.plan().changes == ()
