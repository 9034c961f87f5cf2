"""A plan read as drift: not what to do, but what differs and who changed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from proxbox_plan.model.plan import Action, Cause, Plan
from proxbox_plan.report.style import PLAIN, Style
from proxbox_plan.report.summary import merged, verdict
from proxbox_plan.report.values import named, said, shown
from proxbox_plan.report.words import CAUSES, REASONS, counted, kind_word

LEFT = "Changed in NetBox, which owns the field"
GONE = "Gone from Proxmox"
TITLES = (*(CAUSES[cause] for cause in (Cause.NETBOX, Cause.BOTH, Cause.PROXMOX, Cause.ADOPTED, Cause.NEW)), GONE, LEFT)
MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Drift:
    """A plan that is to be read as drift."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that differs. Its values are as the plan has them: they still have to be made harmless."""

    title: str
    kind: str
    name: str
    address: str
    cluster: str | None = None
    reason: str = ""
    field: str = ""
    netbox: Any = None
    proxmox: Any = None

    @property
    def subject(self) -> str:
        """The object in words."""
        return f"{kind_word(self.kind)} {self.name}"

    @property
    def what(self) -> str:
        """What differs, in words."""
        if not self.field:
            return self.reason
        return f"{self.field}: NetBox has {shown(self.netbox)}, Proxmox {shown(self.proxmox)}"


def drift_sections(plan: Plan) -> dict[str, list[Item]]:
    """Return what differs by who changed it; the titles are fixed, empty sections are left out."""
    found: dict[str, list[Item]] = {title: [] for title in TITLES}
    for item in drift_items(plan):
        found[item.title].append(item)
    return {title: items for title, items in found.items() if items}


def drift_items(plan: Plan) -> Iterator[Item]:
    """Yield what differs, field by field, in the plan's order."""
    for change in merged(plan.changes):
        item = Item(GONE, change.kind, change.name, change.address, change.cluster, REASONS[change.reason])
        if change.action is Action.CREATE:
            yield replace(item, title=CAUSES[Cause.NEW])
        elif change.action is Action.DELETE:
            yield item
        elif change.action is not Action.FORGET:  # the configuration's doing, nobody changed anything
            for field in change.fields:
                values = {"netbox": field.before, "proxmox": field.after}
                yield replace(item, title=CAUSES[field.cause], field=field.field, **values)
    for kept in plan.kept:
        kind = kept.address.partition(":")[0]
        yield Item(LEFT, kind, kept.name, kept.address, field=kept.field, netbox=kept.netbox, proxmox=kept.proxmox)


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
