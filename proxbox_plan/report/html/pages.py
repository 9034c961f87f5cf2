"""What is on the page of each subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.model.difference import ObjectDiff, Sort, StateDiff
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.lint.lint import Lint
from proxbox_plan.model.outcome import WORST_FIRST, ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Change, Plan, Units
from proxbox_plan.model.plan.merged import merged
from proxbox_plan.model.state import Cluster, Coverage, Guest, Node, State, Storage
from proxbox_plan.report.difference import diff_line, sort_words, unread_words
from proxbox_plan.report.html.cells import value_of
from proxbox_plan.report.html.lint_page import lint_page
from proxbox_plan.report.html.model import REASONS_FILTER, Cell, Mood, Page, PageRow, Tab
from proxbox_plan.report.html.plan_pages import change_row, drift_page, plan_page
from proxbox_plan.report.html.trend_page import trend_page
from proxbox_plan.report.messages import GUEST_WORDS, INCOMPLETE, RESULTS, kind_word
from proxbox_plan.report.overview.field_words import EMPTY
from proxbox_plan.report.subject import ReviewedPlan, Subject, unfit
from proxbox_plan.report.text.outcome import outcome_line
from proxbox_plan.report.text.state import missing_parts, state_line
from proxbox_plan.report.trend import Trend
from proxbox_plan.report.values import named, said

_RESULTS: dict[Result, Mood] = {
    Result.DONE: "good",
    Result.FAILED: "bad",
    Result.STALE: "bad",
    Result.BLOCKED: "change",
    Result.PENDING: "quiet",
}
_SORTS: dict[Sort, Mood] = {
    Sort.ADDED: "good",
    Sort.SEEN: "quiet",
    Sort.REMOVED: "bad",
    Sort.UNSEEN: "quiet",
    Sort.REPLACED: "bad",
    Sort.RENAMED: "change",
    Sort.MOVED: "take",
    Sort.CHANGED: "change",
    Sort.UNREAD: "quiet",
}
_WHYS = {"Guests": "All nodes"}
_STATUSES: dict[str, Mood] = {
    "running": "good",
    "online": "good",
    "enabled": "good",
    "stopped": "quiet",
    "template": "take",
    "paused": "change",
    "offline": "bad",
    "unknown": "bad",
    "not read": "bad",
}


def page_of(subject: Subject) -> Page:  # noqa: PLR0911 # one return per subject
    """Return the page; UsageError about what has none."""
    match subject:
        case Plan():
            return plan_page(subject)
        case ReviewedPlan():
            return plan_page(subject.plan, subject.approvals)
        case Drift():
            return drift_page(subject)
        case Lint():
            return lint_page(subject)
        case Outcome():
            return outcome_page(subject)
        case StateDiff():
            return diff_page(subject)
        case State():
            return state_page(subject)
        case Trend():
            return trend_page(subject)
        case _:
            raise unfit(subject)


def outcome_page(outcome: Outcome) -> Page:
    """Return the page of an outcome: what became of each change, with what the change was."""
    changes = {change.address: change for change in merged(outcome.changes)}
    rows = [_result(result, changes.get(result.address), outcome.units) for result in outcome.by_object()]
    rank = {RESULTS[result]: place for place, result in enumerate(WORST_FIRST)}
    rows.sort(key=lambda row: rank[row.status])
    facts = (("Plan", outcome.plan_id), ("NetBox", outcome.netbox_url), ("Write requests", f"{outcome.writes:,}"))
    warned: tuple[tuple[Mood, str], ...] = (("bad", f"Warning: {said(outcome.warning)}"),) if outcome.warning else ()
    stopped: tuple[tuple[Mood, str], ...] = (("bad", f"Stopped: {said(outcome.stopped)}"),) if outcome.stopped else ()
    return Page(
        title=f"Outcome {named(outcome.plan_id)}",
        verdict=outcome_line(outcome),
        mood="good" if outcome.complete else "bad",
        tabs=(Tab("results", "Results", tuple(rows)),),
        moods={RESULTS[result]: mood for result, mood in _RESULTS.items()},
        facts=tuple((name, named(value)) for name, value in facts),
        alerts=(*warned, *stopped),
    )


def diff_page(diff: StateDiff) -> Page:
    """Return the page of two states' difference."""
    rows = tuple(map(_object, diff.objects))
    facts = (("Before", named(diff.before)), ("After", named(diff.after)))
    return Page(
        title="Difference of two states",
        verdict=diff_line(diff),
        mood="change" if diff.differs else "good",
        tabs=(Tab("objects", "Objects", rows),),
        moods={sort.value: mood for sort, mood in _SORTS.items()},
        facts=facts,
    )


def state_page(state: State) -> Page:
    """Return the page of a state: its guests, nodes and storages, and what is incomplete."""
    entries: dict[str, list[PageRow]] = {"Guests": [], "Nodes": [], "Storages": [], "Not read": []}
    for cluster in state.clusters:
        entries["Guests"] += [_guest(cluster, guest) for guest in cluster.guests]
        entries["Nodes"] += [_node(cluster, node) for node in cluster.nodes]
        entries["Storages"] += [_storage(cluster, storage) for storage in cluster.storages]
        entries["Not read"] += [_incomplete(cluster, subject, coverage) for subject, coverage in missing_parts(cluster)]
    tabs = [
        Tab(title.lower().replace(" ", "-"), title, tuple(rows), columns="Value", whys=_WHYS.get(title, REASONS_FILTER))
        for title, rows in entries.items()
    ]
    facts = tuple((named(cluster.name), f"Proxmox VE {named(cluster.version or '?')}") for cluster in state.clusters)
    return Page(
        title="State",
        verdict=said(state_line(state)),
        mood="change" if tabs[-1].rows else "good",
        tabs=(tabs[0], *(tab for tab in tabs[1:] if tab.rows)),
        moods=_STATUSES,
        facts=facts,
    )


def _result(result: ChangeResult, change: Change | None, units: Units) -> PageRow:
    text = said(result.message)
    if change:
        return change_row(change, RESULTS[result.result], text, units=units)
    about = kind_word(sanitized(result.kind)), named(result.name)
    return PageRow(RESULTS[result.result], *about, address=named(result.address), text=text)


def _object(item: ObjectDiff) -> PageRow:
    cells = (Cell(named(field.field), value_of(field.before), value_of(field.after)) for field in item.fields)
    address = f"{item.cluster}/{item.kind}/{item.id}"
    return PageRow(
        item.sort.value,
        item.kind,
        named(item.name),
        named(item.cluster),
        sort_words(item),
        named(address),
        text="; ".join(map(unread_words, item.unread)),
        cells=tuple(cells),
    )


def _guest(cluster: Cluster, guest: Guest) -> PageRow:
    status = "template" if guest.template else guest.status
    return _entry(cluster, guest, status, (GUEST_WORDS[guest.type], str(guest.vmid)))


def _node(cluster: Cluster, node: Node) -> PageRow:
    return _entry(cluster, node, "online" if node.online else "offline", ("node", node.name))


def _storage(cluster: Cluster, storage: Storage) -> PageRow:
    return _entry(cluster, storage, "enabled" if storage.enabled else "disabled", ("storage", storage.name))


def _entry(cluster: Cluster, entry: Guest | Node | Storage, status: str, key: tuple[str, str]) -> PageRow:
    kind, id_ = key
    shown_anyway = {"type", "status", "template"} if isinstance(entry, Guest) else set()
    data = entry.model_dump(mode="json", exclude={"name", "coverage"} | shown_anyway)
    return PageRow(
        named(status),
        kind,
        named(entry.name or id_),
        named(cluster.name),
        named(data.get("node", "")),
        named(f"{cluster.name}/{kind}/{id_}"),
        cells=tuple(_facts(data)),
    )


def _facts(data: dict[str, Any]) -> Iterator[Cell]:
    """Yield what an object holds: a list of parts as one line for each part, by its name."""
    for name, value in data.items():
        if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
            for part in value:
                label = part.pop("slot", None) or part.pop("interface", None) or part.pop("name", "")
                words = ", ".join(f"{key} {value_of(item)}" for key, item in part.items() if item not in EMPTY)
                yield Cell(named(f"{name} {label}"), after=words)
        elif value not in (*EMPTY, False):
            yield Cell(named(name), after=value_of(value))


def _incomplete(cluster: Cluster, subject: str, coverage: Coverage) -> PageRow:
    why = INCOMPLETE[coverage.reason] if coverage.reason else "no reason given"
    kind, _, name = subject.partition(" ")
    about = sanitized(kind.partition("/")[0]), named(name), named(cluster.name)
    return PageRow("not read", *about, why, named(f"{cluster.name}/{subject}"), said(coverage.detail))
