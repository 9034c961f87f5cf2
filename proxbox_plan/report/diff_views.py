"""The difference of two states as text and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from proxbox_plan.report.comment import Row, comment, marker, table
from proxbox_plan.report.diff import Difference, ObjectDiff, Sort, StateDiff
from proxbox_plan.report.escaping import code, value
from proxbox_plan.report.style import PLAIN, Hue, Style
from proxbox_plan.report.values import harmless, named, shown

_MARKERS: dict[Sort, tuple[str, Hue]] = {
    Sort.ADDED: ("+", "green"),
    Sort.REMOVED: ("-", "red"),
    Sort.UNSEEN: ("?", "dim"),
    Sort.REPLACED: ("!", "red"),
    Sort.RENAMED: ("~", "yellow"),
    Sort.MOVED: (">", "cyan"),
    Sort.CHANGED: ("~", "yellow"),
}
WORDS: dict[Sort, str] = {
    Sort.ADDED: "added",
    Sort.REMOVED: "removed",
    Sort.UNSEEN: "not seen: the second snapshot is incomplete here",
    Sort.REPLACED: "replaced by another guest",
    Sort.RENAMED: "renamed",
    Sort.MOVED: "moved",
    Sort.CHANGED: "changed",
}
NO_DIFFERENCE = "No differences."


def diff_text(diff: StateDiff, *, style: Style = PLAIN) -> str:
    """Return the difference as text."""
    lines: list[str] = []
    for cluster, objects in groupby(diff.objects, key=lambda item: item.cluster):
        lines.append(style.paint(f"Cluster {harmless(cluster)}", "bold"))
        for item in objects:
            lines += _object(item, style)
        lines.append("")
    return "\n".join([*lines, style.paint(diff_line(diff), "bold")]) + "\n"


def diff_line(diff: StateDiff) -> str:
    """Return the difference in one line."""
    counts = Counter(item.sort for item in diff.objects)
    parts = [f"{counts[sort]:,} {sort.value}" for sort in Sort if counts[sort]]
    return f"Differences: {', '.join(parts)}." if parts else NO_DIFFERENCE


def _object(item: ObjectDiff, style: Style) -> Iterator[str]:
    marker, hue = _MARKERS[item.sort]
    yield f"    {style.paint(f'{marker} {_title(item)}', hue)}  {style.paint(f'({WORDS[item.sort]})', 'dim')}"
    for field in item.fields:
        yield f"        {harmless(field.field)}: {shown(field.before)} -> {shown(field.after)}"


def _title(item: ObjectDiff) -> str:
    name = named(item.name)
    return f"{item.kind}/{item.id} {name}" if item.kind in {"qemu", "lxc"} else f"{item.kind} {name}"


def diff_markdown(diff: StateDiff) -> str:
    """Return the difference as Markdown, with as many rows as fit into one comment."""
    rows = [(item, field) for item in diff.objects for field in item.fields or (None,)]
    clusters = dict.fromkeys(item.cluster for item in diff.objects)
    head = f"{marker('diff', clusters)}\n### {diff_line(diff)}\n"
    where = "Everything is in `proxbox diff`, or as a page with `--format html`."
    return comment(head, lambda grave, _: [table(_HEADER, rows, _row, grave)] if rows else [], where=where)


_HEADER = ("", "object", "cluster", "field", "before", "after")


def _row(pair: tuple[ObjectDiff, Difference | None]) -> Row:
    item, field = pair
    about = WORDS[item.sort], code(_title(item)), code(named(item.cluster))
    return *about, *((code(named(field.field)), value(field.before), value(field.after)) if field else ("", "", ""))
