"""Drift: what differs, by who changed it, as text; and the parts that every other view of it starts from."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.drift import Author, Drift, Item, Origin
from proxbox_plan.model.inventory.changelog import Access
from proxbox_plan.report.messages import ORIGINS, REASONS, counted, kind_word
from proxbox_plan.report.summary import agreement
from proxbox_plan.report.text.style import PLAIN, Style
from proxbox_plan.report.values import named, said, shown

MOST_SHOWN = 40

_NO_CHANGELOG = {
    Access.FORBIDDEN: "No authors are shown: the NetBox token may not read the changelog (core.view_objectchange).",
    Access.TOO_OLD: (
        "Only authors who never apply plans are shown: NetBox before 4.4 has no messages that tell our own changes."
    ),
}


def drift_sections(drift: Drift) -> dict[Origin, list[Item]]:
    """Return what differs by who changed it, what a person changed first; without empty sections, and what is held."""
    found: dict[Origin, list[Item]] = {origin: [] for origin in Origin}
    for item in (item for item in drift.items if not item.held):
        found[item.origin].append(item)
    return {origin: items for origin, items in found.items() if items}


def subject_of(item: Item) -> str:
    """Return the object in words."""
    return f"{kind_word(item.kind)} {item.name}"


def what_of(item: Item) -> str:
    """Return what differs in words, and who did it."""
    if item.field is not None:
        what = f"{item.field}: NetBox has {shown(item.netbox)}, Proxmox {shown(item.proxmox)}"
    elif item.origin is Origin.DELETED:
        what = "no longer exists in NetBox"
    else:
        what = REASONS[item.reason] if item.reason else ORIGINS[item.origin]
    return f"{what} ({author_words(item.author)})" if item.author else what


def author_words(author: Author) -> str:
    """Return the author, time and message of a change."""
    words = f"{author.user}, {author.time}"
    return f"{words}: {author.message}" if author.message else words


def changelog_words(drift: Drift) -> str:
    """Return why no authors are shown; empty when the changelog was read, or is not needed."""
    return _NO_CHANGELOG.get(drift.changelog, "")


def drift_text(drift: Drift, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the drift as text."""
    lines: list[str] = []
    for origin, items in drift_sections(drift).items():
        lines.append(style.paint(f"{ORIGINS[origin]}: {counted(len(items), 'difference')}", "bold"))
        most = len(items) if verbose else MOST_SHOWN
        lines += [f"    {named(subject_of(item))}  {said(what_of(item))}" for item in items[:most]]
        if len(items) > most:
            lines.append(f"    … and {len(items) - most:,} more (--verbose shows them)")
        lines.append("")
    lines += held_lines(drift, style, verbose=verbose)
    if words := changelog_words(drift):
        lines.append(style.paint(words, "dim"))
    return "\n".join([*lines, style.paint(drift_line(drift), "bold")]) + "\n"


def held_items(drift: Drift) -> list[Item]:
    """Return what differs, and no apply changes."""
    return [item for item in drift.items if item.held]


def held_lines(drift: Drift, style: Style, *, verbose: bool) -> Iterator[str]:
    """Yield what is held, with the reason."""
    items = held_items(drift)
    if not items:
        return
    yield style.paint(f"Held, and never applied: {counted(len(items), 'difference')}", "bold")
    most = len(items) if verbose else MOST_SHOWN
    for item in items[:most]:
        yield f"    {named(subject_of(item))}  {said(what_of(item))}: {said(item.held)}"
    if len(items) > most:
        yield f"    … and {len(items) - most:,} more (--verbose shows them)"
    yield ""


def drift_line(drift: Drift) -> str:
    """Return the drift in one line."""
    if not drift.counted:
        return agreement(drift, "No drift")
    words = {origin: (ORIGINS[origin], items) for origin, items in drift_sections(drift).items()}
    parts = "; ".join(f"{len(items):,} {text[:1].lower()}{text[1:]}" for text, items in words.values())
    return f"Drift: {parts}."
