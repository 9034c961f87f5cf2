"""What is on the page of a plan, and on that of a plan that is read as drift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxbox_plan.model.plan import Action, Cause, Change, Plan
from proxbox_plan.report.drift import GONE, LEFT, Item, drift_items, drift_line
from proxbox_plan.report.html.model import Cell, Mood, Page, Row, Tab
from proxbox_plan.report.summary import SHARED, check_words, merged, part_words, unchanged_line, verdict, where_words
from proxbox_plan.report.values import harmless, named, said, shown
from proxbox_plan.report.words import CAUSES, GAPS, PROBLEMS, REASONS, counted, kind_word

LONGEST_VALUE = 1000
NETBOX_PROXMOX = "NetBox → Proxmox"
EMPTY: tuple[Any, ...] = (None, "", [], ())

_ACTIONS: dict[str, Mood] = {
    Action.CREATE: "good", Action.UPDATE: "change", Action.DELETE: "bad", Action.ADOPT: "take", Action.FORGET: "quiet",
}  # fmt: skip
_TITLES: dict[str, Mood] = {
    CAUSES[Cause.NETBOX]: "bad", CAUSES[Cause.BOTH]: "bad", CAUSES[Cause.PROXMOX]: "change",
    CAUSES[Cause.ADOPTED]: "take", CAUSES[Cause.NEW]: "good", GONE: "change", LEFT: "quiet",
}  # fmt: skip
_PROBLEMS: dict[str, Mood] = dict.fromkeys(PROBLEMS.values(), "bad")


def plan_page(plan: Plan) -> Page:
    """Return the page of a plan: its changes, and beside them what it leaves out."""
    rows = tuple(change_row(change, change.action.value) for change in merged(plan.changes))
    tabs = (Tab("changes", "Changes", rows), *_left_out(plan))
    hurts = not plan.applicable or any(change.action is Action.DELETE for change in plan.changes)
    calm: Mood = "change" if plan.changes or plan.withheld or plan.problems else "good"
    return Page(
        title=f"Plan {plan.id}", verdict=verdict(plan), mood="bad" if hurts else calm, tabs=tabs,
        moods={**_ACTIONS, **_PROBLEMS}, facts=_facts(plan), alerts=tuple(_alerts(plan)),
    )  # fmt: skip


def drift_page(plan: Plan) -> Page:
    """Return the page of a plan that is read as drift: what differs, by who changed it."""
    found: dict[tuple[str, str], list[Item]] = {}
    for item in drift_items(plan):
        found.setdefault((item.title, item.address), []).append(item)
    tabs = (Tab("drift", "Drift", tuple(map(_drifted, found.values())), NETBOX_PROXMOX), *_left_out(plan))
    return Page(
        title=f"Drift {plan.id}", verdict=drift_line(plan), mood="change" if found else "good", tabs=tabs,
        moods={**_TITLES, **_PROBLEMS}, facts=_facts(plan),
    )  # fmt: skip


def _facts(plan: Plan) -> tuple[tuple[str, str], ...]:
    binding = plan.binding
    facts = [("Plan", plan.id), ("NetBox", f"{where_words(binding)} ({binding.netbox_version})")]
    facts.append(("Clusters", ", ".join(plan.clusters)))
    facts.append(("Only", part_words(plan.part) if plan.part else ""))
    unchanged = unchanged_line(plan.unchanged).removeprefix("Unchanged: ")
    return tuple((name, said(text)) for name, text in (*facts, ("Unchanged", unchanged)) if text)


def _alerts(plan: Plan) -> Iterator[tuple[Mood, str]]:
    for limit in plan.limits:
        yield "bad", said(f"Over a limit, apply refuses this plan: {limit.message}")
    for hit in plan.checks:
        words = f"{check_words(hit)} ({counted(len(hit.addresses), 'change')})"
        yield "bad" if hit.effect == "deny" else "change", said(words)
    if not plan.complete:
        yield (
            "change",
            "The source was not read completely: what depends on the rest is withheld, nothing of it deleted.",
        )


def _left_out(plan: Plan) -> Iterator[Tab]:
    """Yield a list for each sort of thing that a plan names and does not do."""
    withheld = (
        Row(item.action.value, kind_word(harmless(item.kind)), named(item.name), why=GAPS[item.gap],
            address=named(item.address), text=said(item.detail))
        for item in plan.withheld
    )  # fmt: skip
    problems = (
        Row(PROBLEMS[item.code], kind_word(_kind(item.address)), _key(item.address), address=named(item.address),
            text=said(item.message), hint=said(item.hint))
        for item in plan.problems
    )  # fmt: skip
    kept = (
        Row("left", kind_word(_kind(item.address)), named(item.name), address=named(item.address),
            cells=(Cell(named(item.field), value_of(item.netbox), value_of(item.proxmox)),))
        for item in plan.kept
    )  # fmt: skip
    tabs = (
        Tab("withheld", "Withheld", tuple(withheld)),
        Tab("problems", "Problems", tuple(problems)),
        Tab("kept", "Left to NetBox", tuple(kept), NETBOX_PROXMOX),
    )
    yield from (tab for tab in tabs if tab.rows)


def _kind(address: str) -> str:
    return harmless(address.partition(":")[0])


def _key(address: str) -> str:
    return named(address.partition(":")[2] or address)


def change_row(change: Change, status: str, text: str = "") -> Row:
    """Return the row of a change."""
    return Row(
        status, kind_word(harmless(change.kind)), named(change.name), named(change.cluster or SHARED),
        REASONS[change.reason], named(change.address), text, cells=tuple(_cells(change)),
    )  # fmt: skip


def _cells(change: Change) -> Iterator[Cell]:
    """Yield the fields; a creation has those it sets and nothing before them, a deletion nothing after them."""
    for field in change.fields:
        name = named(field.field)
        if change.action is Action.CREATE:
            if field.after not in EMPTY:
                yield Cell(name, after=value_of(field.after))
        elif change.action is Action.DELETE:
            yield Cell(name, before=value_of(field.before))
        else:
            yield Cell(name, value_of(field.before), value_of(field.after), CAUSES[field.cause])


def value_of(value: Any) -> str:
    """Return a field's value, cut only when it is very long."""
    return shown(value, longest=LONGEST_VALUE)


def _drifted(items: list[Item]) -> Row:
    first = items[0]
    cells = (Cell(named(item.field), value_of(item.netbox), value_of(item.proxmox)) for item in items if item.field)
    return Row(
        first.title, kind_word(harmless(first.kind)), named(first.name), named(first.cluster or ""), first.reason,
        named(first.address), cells=tuple(cells),
    )  # fmt: skip
