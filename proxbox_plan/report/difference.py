"""The difference of two states as text and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from proxbox_plan.model.difference import Difference, ObjectDiff, Sort, StateDiff, UnreadPart
from proxbox_plan.report.link import Link
from proxbox_plan.report.markdown.blocks import Block, Code, Words, table
from proxbox_plan.report.markdown.comment import comment, marker
from proxbox_plan.report.messages import INCOMPLETE
from proxbox_plan.report.reasons import task_words
from proxbox_plan.report.text.layout import BLANK, Line, Span, line, rendered
from proxbox_plan.report.text.style import PLAIN, Hue, Style
from proxbox_plan.report.values import named, shown

_MARKERS: dict[Sort, tuple[str, Hue]] = {
    Sort.ADDED: ("+", "green"),
    Sort.SEEN: ("?", "dim"),
    Sort.REMOVED: ("-", "red"),
    Sort.UNSEEN: ("?", "dim"),
    Sort.REPLACED: ("!", "red"),
    Sort.RENAMED: ("~", "yellow"),
    Sort.MOVED: (">", "cyan"),
    Sort.CHANGED: ("~", "yellow"),
    Sort.UNREAD: ("?", "dim"),
}
WORDS: dict[Sort, str] = {
    Sort.ADDED: "added",
    Sort.SEEN: "not seen before: the first snapshot is incomplete here",
    Sort.REMOVED: "removed",
    Sort.UNSEEN: "not seen: the second snapshot is incomplete here",
    Sort.REPLACED: "replaced by another guest",
    Sort.RENAMED: "renamed",
    Sort.MOVED: "moved",
    Sort.CHANGED: "changed",
    Sort.UNREAD: "not read in one of the snapshots",
}
NO_DIFFERENCE = "No differences."
_Pair = tuple[ObjectDiff, Difference | UnreadPart | None]


def diff_text(diff: StateDiff, *, style: Style = PLAIN) -> str:
    """Return the difference as text."""
    return rendered(_lines(diff), style)


def _lines(diff: StateDiff) -> Iterator[Line]:
    for cluster, objects in groupby(diff.objects, key=lambda item: item.cluster):
        yield line(Span(f"Cluster {cluster}", "bold"))
        for item in objects:
            yield from _object(item)
        yield BLANK
    yield line(Span(diff_line(diff), "bold"))


def diff_line(diff: StateDiff) -> str:
    """Return the difference in one line."""
    counts = Counter(item.sort for item in diff.objects)
    parts = [f"{counts[sort]:,} {sort.value}" for sort in Sort if counts[sort]]
    return f"Differences: {', '.join(parts)}." if parts else NO_DIFFERENCE


def _object(item: ObjectDiff) -> Iterator[Line]:
    sign, hue = _MARKERS[item.sort]
    yield line(Span(f"{sign} {_title(item)}", hue), "  ", Span(f"({sort_words(item)})", "dim"), indent=4)
    for field in item.fields:
        yield line(f"{field.field}: {shown(field.before)} -> {shown(field.after)}", indent=8)
    for part in item.unread:
        yield line(Span(unread_words(part), "dim"), indent=8)


def sort_words(item: ObjectDiff) -> str:
    """Return what happened to an object, and who did it in Proxmox."""
    return ", by ".join(filter(None, (WORDS[item.sort], "; ".join(map(task_words, item.tasks)))))


def unread_words(part: UnreadPart) -> str:
    """Return why a part was not compared."""
    which = "second" if part.after else "first"
    reason = part.after or part.before
    return f"{part.part} not read in the {which} snapshot{f': {INCOMPLETE[reason]}' if reason else ''}"


def _title(item: ObjectDiff) -> str:
    name = named(item.name)
    return f"{item.kind}/{item.id} {name}" if item.kind in {"qemu", "lxc"} else f"{item.kind} {name}"


_WHERE: Words = ("Everything is in ", Code("proxbox diff"), ", or as a page with ", Code("--format html"), ".")


def diff_markdown(diff: StateDiff, links: Sequence[Link] = ()) -> str:
    """Return the difference as Markdown, with as many rows as fit into one comment."""
    rows = [pair for item in diff.objects for pair in _pairs(item)]
    clusters = dict.fromkeys(item.cluster for item in diff.objects)

    def blocks(grave: int, _: int) -> list[Block]:
        return [table("", _HEADER, rows, _row, grave)] if rows else []

    return comment(marker("diff", clusters), diff_line(diff), blocks, where=_WHERE, links=links)


_HEADER = ("", "object", "cluster", "field", "before", "after")


def _pairs(item: ObjectDiff) -> list[_Pair]:
    found: list[_Pair] = [(item, field) for field in item.fields]
    found += [(item, part) for part in item.unread]
    return found or [(item, None)]


def _row(pair: _Pair) -> tuple[Words, ...]:
    item, field = pair
    about = sort_words(item), Code(_title(item)), Code(named(item.cluster))
    match field:
        case Difference():
            return *about, Code(named(field.field)), Code(shown(field.before)), Code(shown(field.after))
        case UnreadPart():
            before, after = (f"not read: {INCOMPLETE[why]}" if why else "" for why in (field.before, field.after))
            return *about, Code(named(field.part)), before, after
        case None:
            return *about, "", "", ""
