"""A plan read as drift: not what to do, but what differs and who changed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proxbox_plan.model.plan import Action, Cause, Plan
from proxbox_plan.report.escaping import code, escaped
from proxbox_plan.report.style import PLAIN, Hue, Style
from proxbox_plan.report.summary import merged, verdict
from proxbox_plan.report.values import named, said, shown
from proxbox_plan.report.words import CAUSES, REASONS, counted, kind_word

_HUES: dict[str, Hue] = {Cause.NEW: "green", Cause.NETBOX: "red", Cause.BOTH: "red"}
LEFT = "Changed in NetBox, which owns the field"
GONE = "Gone from Proxmox"
MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that differs, in plain words that still have to be made harmless."""

    subject: str
    what: str


def drift_sections(plan: Plan) -> dict[str, list[Item]]:
    """Return what differs by who changed it; the titles are fixed, empty sections are left out."""
    found: dict[str, list[Item]] = {title: [] for title in (*_titles(), GONE, LEFT)}
    for title, item in _items(plan):
        found[title].append(item)
    return {title: items for title, items in found.items() if items}


def _titles() -> Iterator[str]:
    for cause in (Cause.NETBOX, Cause.BOTH, Cause.PROXMOX, Cause.ADOPTED, Cause.NEW):
        yield CAUSES[cause]


def _items(plan: Plan) -> Iterator[tuple[str, Item]]:
    for change in merged(plan.changes):
        subject = f"{kind_word(change.kind)} {change.name}"
        if change.action is Action.CREATE:
            yield CAUSES[Cause.NEW], Item(subject, REASONS[change.reason])
        elif change.action is Action.DELETE:
            yield GONE, Item(subject, REASONS[change.reason])
        elif change.action is not Action.FORGET:  # the configuration's doing, nobody changed anything
            for field in change.fields:
                what = f"{field.field}: NetBox has {shown(field.before)}, Proxmox {shown(field.after)}"
                yield CAUSES[field.cause], Item(subject, what)
    for kept in plan.kept:
        what = f"{kept.field}: NetBox has {shown(kept.netbox)}, Proxmox {shown(kept.proxmox)}"
        yield LEFT, Item(kept.name, what)


def drift_text(plan: Plan, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the drift as text."""
    lines: list[str] = []
    for title, items in drift_sections(plan).items():
        lines.append(style.paint(f"{title}: {counted(len(items), 'difference')}", "bold"))
        most = len(items) if verbose else MOST_SHOWN
        lines += [f"    {named(item.subject)}  {said(item.what)}" for item in items[:most]]
        if len(items) > most:
            lines.append(f"    … and {len(items) - most:,} more (--verbose shows them)")
        lines.append("")
    return "\n".join([*lines, style.paint(drift_line(plan), "bold")]) + "\n"


def drift_line(plan: Plan) -> str:
    """Return the drift in one line."""
    sections = drift_sections(plan)
    if not sections:
        return verdict(plan)
    parts = "; ".join(f"{len(items):,} {title[:1].lower()}{title[1:]}" for title, items in sections.items())
    return f"Drift: {parts}."


def drift_markdown(plan: Plan) -> str:
    """Return the drift as Markdown."""
    lines = [f"### {escaped(drift_line(plan))}", ""]
    for title, items in drift_sections(plan).items():
        lines += [f"#### {escaped(title)}", ""]
        lines += [f"* {code(named(item.subject))} {code(said(item.what))}" for item in items[:MOST_SHOWN]]
        if len(items) > MOST_SHOWN:
            lines.append(f"* … and {len(items) - MOST_SHOWN:,} more")
        lines.append("")
    return "\n".join(lines) + "\n"
