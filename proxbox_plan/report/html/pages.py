"""What is on the page of each document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Action, Cause, Change, Plan
from proxbox_plan.report.diff import ObjectDiff, Sort, StateDiff
from proxbox_plan.report.diff_views import WORDS as SORT_WORDS
from proxbox_plan.report.diff_views import diff_line
from proxbox_plan.report.drift import GONE, LEFT, Item, drift_items, drift_line
from proxbox_plan.report.html.model import Cell, Mood, Page, Row, Tab
from proxbox_plan.report.outcome_text import outcome_line
from proxbox_plan.report.summary import SHARED, check_words, merged, unchanged_line, verdict
from proxbox_plan.report.values import harmless, named, said, shown
from proxbox_plan.report.words import CAUSES, GAPS, PROBLEMS, REASONS, RESULTS, counted, kind_word

LONGEST_VALUE = 1000
NETBOX_PROXMOX = "NetBox → Proxmox"
_EMPTY: tuple[Any, ...] = (None, "", [], ())
_WORST_FIRST = (Result.FAILED, Result.STALE, Result.BLOCKED, Result.PENDING, Result.DONE)

_ACTIONS: dict[str, Mood] = {
    Action.CREATE: "good", Action.UPDATE: "change", Action.DELETE: "bad", Action.ADOPT: "take", Action.FORGET: "quiet",
}  # fmt: skip
_RESULTS: dict[Result, Mood] = {
    Result.DONE: "good", Result.FAILED: "bad", Result.STALE: "bad", Result.BLOCKED: "change", Result.PENDING: "quiet",
}  # fmt: skip
_SORTS: dict[Sort, Mood] = {
    Sort.ADDED: "good", Sort.REMOVED: "bad", Sort.UNSEEN: "quiet", Sort.REPLACED: "bad", Sort.RENAMED: "change",
    Sort.MOVED: "take", Sort.CHANGED: "change",
}  # fmt: skip
_TITLES: dict[str, Mood] = {
    CAUSES[Cause.NETBOX]: "bad", CAUSES[Cause.BOTH]: "bad", CAUSES[Cause.PROXMOX]: "change",
    CAUSES[Cause.ADOPTED]: "take", CAUSES[Cause.NEW]: "good", GONE: "change", LEFT: "quiet",
}  # fmt: skip
_PROBLEMS: dict[str, Mood] = dict.fromkeys(PROBLEMS.values(), "bad")


def plan_page(plan: Plan) -> Page:
    """Return the page of a plan: its changes, and beside them what it leaves out."""
    rows = tuple(_change(change, change.action.value) for change in merged(plan.changes))
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


def outcome_page(outcome: Outcome) -> Page:
    """Return the page of an outcome: what became of each change, with what the change was."""
    changes = {change.address: change for change in outcome.changes}
    rows = [_result(result, changes.get(result.address)) for result in outcome.results]
    rank = {RESULTS[result]: place for place, result in enumerate(_WORST_FIRST)}
    rows.sort(key=lambda row: rank[row.status])
    facts = (("Plan", outcome.plan_id), ("NetBox", outcome.netbox_url), ("Write requests", f"{outcome.writes:,}"))
    stopped: tuple[tuple[Mood, str], ...] = (("bad", f"Stopped: {said(outcome.stopped)}"),) if outcome.stopped else ()
    return Page(
        title=f"Outcome {named(outcome.plan_id)}", verdict=outcome_line(outcome),
        mood="good" if outcome.complete else "bad", tabs=(Tab("results", "Results", tuple(rows)),),
        moods={RESULTS[result]: mood for result, mood in _RESULTS.items()},
        facts=tuple((name, named(value)) for name, value in facts), alerts=stopped,
    )  # fmt: skip


def diff_page(diff: StateDiff) -> Page:
    """Return the page of two states' difference."""
    rows = tuple(map(_object, diff.objects))
    facts = (("Before", named(diff.before)), ("After", named(diff.after)))
    return Page(
        title="Difference of two states", verdict=diff_line(diff), mood="change" if rows else "good",
        tabs=(Tab("objects", "Objects", rows),), moods={sort.value: mood for sort, mood in _SORTS.items()}, facts=facts,
    )  # fmt: skip


def _facts(plan: Plan) -> tuple[tuple[str, str], ...]:
    binding = plan.binding
    facts = [("Plan", plan.id), ("NetBox", f"{binding.netbox_url} ({binding.netbox_version})")]
    facts.append(("Clusters", ", ".join(plan.clusters)))
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
        Row(PROBLEMS[item.code], kind_word(_kind(item.address)), named(item.address), address=named(item.address),
            text=said(item.message), hint=said(item.hint))
        for item in plan.problems
    )  # fmt: skip
    kept = (
        Row("left", kind_word(_kind(item.address)), named(item.name), address=named(item.address),
            cells=(Cell(named(item.field), _value(item.netbox), _value(item.proxmox)),))
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


def _change(change: Change, status: str, text: str = "") -> Row:
    return Row(
        status, kind_word(harmless(change.kind)), named(change.name), named(change.cluster or SHARED),
        REASONS[change.reason], named(change.address), text, cells=tuple(_cells(change)),
    )  # fmt: skip


def _cells(change: Change) -> Iterator[Cell]:
    """Yield the fields; a creation has those it sets and nothing before them, a deletion nothing after them."""
    for field in change.fields:
        name = named(field.field)
        if change.action is Action.CREATE:
            if field.after not in _EMPTY:
                yield Cell(name, after=_value(field.after))
        elif change.action is Action.DELETE:
            yield Cell(name, before=_value(field.before))
        else:
            yield Cell(name, _value(field.before), _value(field.after), CAUSES[field.cause])


def _value(value: Any) -> str:
    return shown(value, longest=LONGEST_VALUE)


def _drifted(items: list[Item]) -> Row:
    first = items[0]
    cells = (Cell(named(item.field), _value(item.netbox), _value(item.proxmox)) for item in items if item.field)
    return Row(
        first.title, kind_word(harmless(first.kind)), named(first.name), named(first.cluster or ""), first.reason,
        named(first.address), cells=tuple(cells),
    )  # fmt: skip


def _result(result: ChangeResult, change: Change | None) -> Row:
    text = said(result.message)
    if change:
        return _change(change, RESULTS[result.result], text)
    about = kind_word(harmless(result.kind)), named(result.name)
    return Row(RESULTS[result.result], *about, address=named(result.address), text=text)


def _object(item: ObjectDiff) -> Row:
    cells = (Cell(named(field.field), _value(field.before), _value(field.after)) for field in item.fields)
    address = f"{item.cluster}/{item.kind}/{item.id}"
    return Row(
        item.sort.value, item.kind, named(item.name), named(item.cluster), SORT_WORDS[item.sort], named(address),
        cells=tuple(cells),
    )  # fmt: skip
