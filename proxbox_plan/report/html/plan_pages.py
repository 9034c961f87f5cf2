"""What is on the page of a plan, and on that of a plan that is read as drift."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.model.drift import Drift, Item, Origin
from proxbox_plan.model.plan import Action, Change, Plan, Preserved, Units
from proxbox_plan.model.plan.merged import merged
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.policy.approvals import Tally, elsewhere_words
from proxbox_plan.report.adoption import adoption_lines
from proxbox_plan.report.along import along_words
from proxbox_plan.report.approvals import COUNTS, COUNTS_NOT, approval_rows, approvals_line
from proxbox_plan.report.html.cells import LONGEST_CELL, cells_of, ids_of
from proxbox_plan.report.html.machine_tabs import CHANGES, FATES, machine_tabs
from proxbox_plan.report.html.model import Cell, Mood, Page, PageRow, Tab
from proxbox_plan.report.messages import INCOMPLETE, ORIGINS, PROBLEMS, REASONS, counted, kind_word
from proxbox_plan.report.overview.field_words import side_words
from proxbox_plan.report.overview.headline import headline, refusal
from proxbox_plan.report.overview.overview import overview_of
from proxbox_plan.report.reasons import reason_words
from proxbox_plan.report.summary import (
    SHARED,
    check_words,
    limits_title,
    part_words,
    state_words,
    tag_words,
    where_words,
)
from proxbox_plan.report.text.drift import changelog_words, drift_line, item_sides, who_words
from proxbox_plan.report.values import named, said

NETBOX_PROXMOX = "NetBox → Proxmox"

_ACTIONS: dict[str, Mood] = {
    Action.CREATE: "good",
    Action.UPDATE: "change",
    Action.MOVE: "change",
    Action.DELETE: "bad",
    Action.ADOPT: "take",
    Action.FORGET: "quiet",
}
_SEVERITIES: dict[CheckSeverity, Mood] = {
    CheckSeverity.DENY: "bad",
    CheckSeverity.REQUIRE: "change",
    CheckSeverity.ADVISORY: "quiet",
}
_ORIGINS: dict[Origin, Mood] = {
    Origin.NETBOX: "bad",
    Origin.DELETED: "bad",
    Origin.BOTH: "bad",
    Origin.PROXMOX: "change",
    Origin.ADOPTED: "take",
    Origin.NEW: "good",
    Origin.GONE: "change",
    Origin.PRESERVED: "quiet",
}
_APPROVALS: dict[str, Mood] = {COUNTS: "good", COUNTS_NOT: "quiet"}
_PROBLEMS: dict[str, Mood] = dict.fromkeys(PROBLEMS.values(), "bad")


def plan_page(plan: Plan, approvals: Tally | None = None) -> Page:
    """Return the page of a plan: its changes, and lists of what it does not change."""
    overview = overview_of(plan)
    changes = merged(plan.changes)
    rows = tuple(change_row(change, change.action.value, units=overview.units, now=plan.read_at) for change in changes)
    places = {change.address: place for place, change in enumerate(changes)}
    tabs = (*machine_tabs(overview, places), Tab(CHANGES, "By kind", rows), *_not_changed(plan), *_approvals(approvals))
    hurts = not plan.applicable or any(change.action is Action.DELETE for change in plan.changes)
    calm: Mood = "change" if plan.changes or plan.deferred or plan.problems else "good"
    return Page(
        title=f"Plan {plan.id}",
        verdict=" ".join(filter(None, (refusal(plan), headline(plan, overview)))),
        mood="bad" if hurts else calm,
        tabs=tabs,
        moods={**FATES, **_ACTIONS, **_PROBLEMS, **(_APPROVALS if approvals is not None else {})},
        facts=_facts(plan),
        alerts=(*_alerts(plan), *_approval_alerts(approvals)),
    )


def drift_page(drift: Drift) -> Page:
    """Return the page of drift: what differs, by who changed it."""
    found: dict[tuple[Origin, str], list[Item]] = {}
    for item in drift.items:
        found.setdefault((item.origin, item.address), []).append(item)
    rows = tuple(_drifted(items, drift.binding.units) for items in found.values())
    tabs = (Tab("drift", "Drift", rows, NETBOX_PROXMOX), *_not_changed(drift))
    words = changelog_words(drift)
    return Page(
        title="Drift",
        verdict=drift_line(drift),
        mood="change" if found or drift.problems else "good",
        tabs=tabs,
        moods={**{ORIGINS[origin]: mood for origin, mood in _ORIGINS.items()}, **_PROBLEMS},
        facts=_facts(drift),
        alerts=(("quiet", words),) if words else (),
    )


def _facts(plan: Plan | Drift) -> tuple[tuple[str, str], ...]:
    binding = plan.binding
    about = ("Plan", plan.id) if isinstance(plan, Plan) else ("Seen", plan.taken_at or "")
    facts = [about, ("NetBox", f"{where_words(binding)} ({binding.netbox_version})")]
    facts.append(("State of Proxmox", state_words(plan) if isinstance(plan, Plan) else ""))
    facts.append(("Changes", plan.changes_digest if isinstance(plan, Plan) and plan.changes else ""))
    facts.append(("Clusters", ", ".join(plan.clusters)))
    facts.append(("Only", part_words(plan.targeting) if isinstance(plan, Plan) and plan.targeting else ""))
    facts.append(("Taken over", "; ".join(adoption_lines(plan)) if isinstance(plan, Plan) else ""))
    unchanged = counted(sum(plan.unchanged.values()), "object") if plan.unchanged else ""
    return tuple((name, said(text)) for name, text in (*facts, ("Unchanged", unchanged)) if text)


def _alerts(plan: Plan) -> Iterator[tuple[Mood, str]]:
    for limit in plan.limits:
        yield "bad", said(f"{limits_title(plan)}: {limit.message}")
    for hit in plan.checks:
        words = f"{check_words(hit)} ({counted(len(hit.addresses), 'change')})"
        yield _SEVERITIES[hit.severity], said(words)
    if not plan.complete:
        yield (
            "change",
            "The source is incomplete: changes that depend on unread parts are deferred.",
        )


def _approval_alerts(found: Tally | None) -> Iterator[tuple[Mood, str]]:
    if found is not None:
        yield "good" if found.enough else "change", approvals_line(found)
        yield from (("quiet", f"{words}.") for words in elsewhere_words(found))


def _approvals(found: Tally | None) -> Iterator[Tab]:
    """Yield the list of approvals, if there are any."""
    rows = tuple(
        PageRow(row.status, "approval", row.approver or row.file, address=row.file, text=row.why)
        for row in (approval_rows(found) if found is not None else ())
    )
    if rows:
        yield Tab("approvals", "Approvals", rows)


def _not_changed(plan: Plan | Drift) -> Iterator[Tab]:
    """Yield a list for each sort of thing that a plan names and does not do."""
    deferred = (
        PageRow(
            item.action.value,
            kind_word(sanitized(item.kind)),
            named(item.name),
            why=INCOMPLETE[item.reason],
            address=named(item.address),
            text=said(": ".join(filter(None, (", ".join(item.fields), item.detail)))),
        )
        for item in plan.deferred
    )
    problems = (
        PageRow(
            PROBLEMS[item.code],
            kind_word(_kind(item.address)),
            _key(item.address),
            address=named(item.address),
            text=said(item.message),
            hint=said(item.hint),
        )
        for item in plan.problems
    )
    kept = (
        PageRow(
            "preserved",
            kind_word(_kind(item.address)),
            named(item.name),
            address=named(item.address),
            cells=(Cell(named(item.field), *_sides(item, plan.binding.units)),),
        )
        for item in (plan.preserved if isinstance(plan, Plan) else ())
    )
    left_alone = (
        PageRow(
            item.tag,
            kind_word(_kind(item.address)),
            named(item.name),
            why=tag_words(item),
            address=named(item.address),
        )
        for item in plan.left_alone
    )
    held = (
        PageRow(
            "held",
            kind_word(sanitized(item.change.kind)),
            named(item.change.name),
            named(item.change.cluster or SHARED),
            reason_words(item.change),
            named(item.address),
            said(item.message),
            cells=tuple(cells_of(item.change, plan.binding.units)),
        )
        for item in (plan.held if isinstance(plan, Plan) else ())
    )
    tabs = (
        Tab("held", "Held", tuple(held)),
        Tab("deferred", "Deferred", tuple(deferred)),
        Tab("problems", "Problems", tuple(problems)),
        Tab("preserved", "Preserved", tuple(kept), NETBOX_PROXMOX),
        Tab("left-alone", "Left alone", tuple(left_alone)),
    )
    yield from (tab for tab in tabs if tab.rows)


def _kind(address: str) -> str:
    return sanitized(address.partition(":")[0])


def _key(address: str) -> str:
    return named(address.partition(":")[2] or address)


def change_row(
    change: Change, status: str, text: str = "", *, units: Units = "binary", now: str | None = None
) -> PageRow:
    """Return the row of a change."""
    text = "; ".join(part for part in (text, along_words(change)) if part)
    return PageRow(
        status,
        kind_word(sanitized(change.kind)),
        named(change.name),
        named(change.cluster or SHARED),
        reason_words(change, now),
        named(change.address),
        text,
        ids=ids_of(change),
        cells=tuple(cells_of(change, units)),
    )


def _sides(item: Preserved, units: Units) -> tuple[str, str]:
    return side_words(item.address.kind, item.field, (item.netbox, item.proxmox), units, longest=LONGEST_CELL)


def _note(item: Item) -> str:
    return said(who_words(item))


def _drifted(items: list[Item], units: Units) -> PageRow:
    first = items[0]
    cells = (
        Cell(named(item.field), *item_sides(item, units, longest=LONGEST_CELL), _note(item))
        for item in items
        if item.field is not None
    )
    return PageRow(
        ORIGINS[first.origin],
        kind_word(sanitized(first.kind)),
        named(first.name),
        named(first.cluster or ""),
        _drift_reason(first),
        named(first.address),
        text=_note(first) if first.field is None else "",
        cells=tuple(cells),
    )


def _drift_reason(item: Item) -> str:
    """Return why something differs; what an apply would do about an edit is no reason for it."""
    if item.follows is not None:
        return f"brought along by {named(item.follows)}"
    return REASONS[item.reason] if item.reason and item.origin not in {Origin.NETBOX, Origin.BOTH} else ""
