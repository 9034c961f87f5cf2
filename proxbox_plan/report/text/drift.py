"""Drift: what differs, by who changed it, as text; and the parts that every other view of it starts from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from proxbox_plan.model.drift import Author, Drift, Item, Origin, TaskLog
from proxbox_plan.model.inventory.changelog import Access
from proxbox_plan.model.plan import Units
from proxbox_plan.report.messages import ORIGINS, REASONS, counted, kind_word
from proxbox_plan.report.overview.field_words import side_words, sides_words
from proxbox_plan.report.reasons import task_words
from proxbox_plan.report.summary import agreement
from proxbox_plan.report.text.layout import Line, Span, line, rendered, section
from proxbox_plan.report.text.problems import problem_lines
from proxbox_plan.report.text.style import PLAIN, Style
from proxbox_plan.report.values import LONGEST, named, said

MOST_SHOWN = 40
MOST_CONSEQUENCES = 6

_NO_CHANGELOG = {
    Access.FORBIDDEN: "No authors are shown: the NetBox token may not read the changelog (core.view_objectchange).",
    Access.TOO_OLD: (
        "Only authors who never apply plans are shown: NetBox before 4.4 has no messages that tell our own changes."
    ),
}


_TASK_LOG = {TaskLog.NONE: "no task found", TaskLog.SEVERAL: "several tasks fit"}


def drift_sections(drift: Drift) -> dict[Origin, list[Item]]:
    """Return what differs by who changed it, a person first; what is held or a consequence stands apart."""
    found: dict[Origin, list[Item]] = {origin: [] for origin in Origin}
    for item in drift.items:
        if item.follows is None and not item.held:
            found[item.origin].append(item)
    return {origin: items for origin, items in found.items() if items}


def held_items(drift: Drift) -> list[Item]:
    """Return what differs, and no apply changes."""
    return [item for item in drift.items if item.held]


def consequences_title(drift: Drift) -> str:
    """Return how much other drift brought along."""
    return f"Consequences of these: {counted(len(drift.consequences), 'difference')}"


def subject_of(item: Item) -> str:
    """Return the object in words."""
    return f"{kind_word(item.kind)} {item.name}"


def what_of(item: Item, units: Units, *, who: bool = True) -> str:
    """Return what differs in words, and who did it."""
    if item.field is not None:
        what = f"{item.field}: {sides_words(item.kind, item.field, (item.netbox, item.proxmox), units)}"
    elif item.origin is Origin.DELETED:
        what = "no longer exists in NetBox"
    else:
        what = REASONS[item.reason] if item.reason else ORIGINS[item.origin]
    by = who_words(item) if who else ""
    return f"{what} ({by})" if by else what


def item_sides(item: Item, units: Units, *, longest: int = LONGEST) -> tuple[str, str]:
    """Return what NetBox and what Proxmox say of the field that differs; of a list, what only one of them has."""
    return side_words(item.kind, item.field or "", (item.netbox, item.proxmox), units, longest=longest)


def who_words(item: Item) -> str:
    """Return who did it and when, on either side; empty where neither can say."""
    parts = [author_words(item.author)] if item.author else []
    if item.task is not None:
        parts.append(task_words(item.task))
    elif item.task_log is not TaskLog.NOT_READ:
        parts.append(_TASK_LOG[item.task_log])
    return "; ".join(parts)


def author_words(author: Author) -> str:
    """Return the author, time and message of a change."""
    words = f"{author.user}, {author.time}"
    return f"{words}: {author.message}" if author.message else words


def changelog_words(drift: Drift) -> str:
    """Return why no authors are shown; empty when the changelog was read, or is not needed."""
    return _NO_CHANGELOG.get(drift.changelog, "")


def drift_text(drift: Drift, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the drift as text."""
    return rendered(_lines(drift, verbose=verbose), style)


def _lines(drift: Drift, *, verbose: bool) -> Iterator[Line]:
    most = None if verbose else MOST_SHOWN
    words = partial(_words, units=drift.binding.units)
    for origin, items in drift_sections(drift).items():
        yield from section(Span(f"{ORIGINS[origin]}: {counted(len(items), 'difference')}", "bold"), items, words, most)
    held = held_items(drift)
    title = Span(f"Held, and never applied: {counted(len(held), 'difference')}", "bold")
    yield from section(title, held, lambda item: f"{words(item)}: {said(item.held)}", most)
    title, most = Span(consequences_title(drift), "bold"), None if verbose else MOST_CONSEQUENCES
    yield from section(title, drift.consequences, lambda item: f"{words(item)}, with {named(item.follows or '')}", most)
    yield from problem_lines(drift.problems)
    if unknown := changelog_words(drift):
        yield line(Span(unknown, "dim"))
    yield line(Span(drift_line(drift), "bold"))


def _words(item: Item, units: Units) -> str:
    return f"{named(subject_of(item))}  {said(what_of(item, units))}"


def drift_line(drift: Drift) -> str:
    """Return the drift in one line."""
    if not drift.counted:
        return agreement(drift, "No drift")
    words = {origin: (ORIGINS[origin], items) for origin, items in drift_sections(drift).items()}
    parts = "; ".join(f"{len(items):,} {text[:1].lower()}{text[1:]}" for text, items in words.values())
    decide = f"; {counted(len(drift.problems), 'problem')} that a person must decide" if drift.problems else ""
    along = f" {consequences_title(drift)}." if drift.consequences else ""
    return f"Drift: {parts}{decide}.{along}"
