"""The changes of a plan for the terminal: machine by machine with their parts, then nodes, then everything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from proxbox_plan.core.listed import listed
from proxbox_plan.model.plan import Action, Change, Units
from proxbox_plan.report.along import along_words
from proxbox_plan.report.messages import MARKERS, capitalized, counted, counted_kind, kind_word
from proxbox_plan.report.overview.entry import MachineEntry, Part
from proxbox_plan.report.overview.fate import GONE, Fate
from proxbox_plan.report.overview.field_words import field_words, told
from proxbox_plan.report.overview.folding import PartGroup, by_fate, part_counts, parts_of
from proxbox_plan.report.overview.overview import PlanOverview
from proxbox_plan.report.reasons import reason_words
from proxbox_plan.report.summary import SHARED, Group
from proxbox_plan.report.text.layout import BLANK, Line, Span, line, more
from proxbox_plan.report.text.style import HUES, Hue
from proxbox_plan.report.values import named, shown

MOST_GONE: Final = 60
"""Machines that go, in a list that is not `verbose`."""
MOST_SHOWN: Final = 20
"""Machines with any other fate, and objects of a kind."""
NAMES_ONLY_ABOVE: Final = 12
"""When more objects than this are new, machines and shared objects are named and not described."""

_NAMED = 8  # names of new machines on the line, and of parts
_HUES: dict[Fate, Hue] = {
    Fate.DELETED: "red",
    Fate.DECOMMISSIONED: "red",
    Fate.FORGOTTEN: "dim",
    Fate.MOVED: "yellow",
    Fate.RENAMED: "yellow",
    Fate.CHANGED: "yellow",
    Fate.ADOPTED: "cyan",
    Fate.NEW: "green",
}


def machine_lines(overview: PlanOverview, *, verbose: bool) -> Iterator[Line]:
    """Yield every change, around what it happens to; unless `verbose`, the first of each long list."""
    brief = not verbose and overview.actions[Action.CREATE] > NAMES_ONLY_ABOVE
    view = _View(overview.units, verbose=verbose, brief=brief)
    for fate, entries in by_fate(overview.machines):
        yield from view.section(f"{capitalized(fate)}: {counted(len(entries), 'machine')}", _HUES[fate], entries)
    for fate, entries in by_fate(overview.nodes):
        yield from view.section(f"{capitalized(fate)}: {counted(len(entries), 'node')}", _HUES[fate], entries)
    if overview.others:
        yield line(Span("Everything else", "bold"))
        for group in overview.others:
            yield from view.group(group)
        yield BLANK


@dataclass(frozen=True, slots=True)
class _View:
    """How much is shown of a plan: everything, some of everything, or of what is new only the names."""

    units: Units
    verbose: bool
    brief: bool

    def section(self, title: str, hue: Hue, entries: Sequence[MachineEntry]) -> Iterator[Line]:
        """Yield machines of one fate."""
        yield line(Span(title, hue))
        if self.brief and entries[0].fate is Fate.NEW:
            yield from _names(entries)
        else:
            most = len(entries) if self.verbose else MOST_GONE if entries[0].fate in GONE else MOST_SHOWN
            for entry in entries[:most]:
                yield from self._entry(entry)
            yield from more(len(entries[most:]))
        yield BLANK

    def group(self, group: Group) -> Iterator[Line]:
        """Yield what is no part of a machine, a kind at a time."""
        where = SHARED if group.cluster is None else f"cluster {group.cluster}"
        named_only = [change for change in group.changes if self._is_named_only(change)]
        names = listed([shown(change.name, longest=40) for change in named_only], _NAMED)
        tail = [Span(f"  + {names}", HUES[Action.CREATE])] if named_only else []
        yield line(counted_kind(group.kind, len(group.changes)), Span(f" ({where})", "dim"), *tail, indent=4)
        described = [change for change in group.changes if not self._is_named_only(change)]
        most = len(described) if self.verbose else MOST_SHOWN
        for change in described[:most]:
            head = Span(f"{MARKERS[change.action]} {named(change.name)}", HUES[change.action])
            yield line(head, Span(f"  ({reason_words(change)})", "dim"), indent=8)
            yield from self._inside(change, indent=12)
        yield from more(len(described[most:]), indent=8)

    def _is_named_only(self, change: Change) -> bool:
        return self.brief and change.action is Action.CREATE

    def _entry(self, entry: MachineEntry) -> Iterator[Line]:
        own = entry.own
        marker = MARKERS[own.action if own is not None else Action.UPDATE]
        where = ", ".join(filter(None, (entry.what, entry.cluster, entry.node)))
        also = [fate for fate in entry.fates[1:] if fate is not Fate.CHANGED]
        why = ", ".join([*also, *([entry.why] if entry.why else [])])
        head = Span(f"{marker} {named(entry.name)}", _HUES[entry.fate])
        yield line(head, Span(f"  {where}", "dim"), Span(f"  ({why})" if why else "", "dim"), indent=4)
        if own is not None:
            yield from self._inside(own, indent=8)
        for parts in parts_of(entry, whole=self.verbose):
            if parts.by_name:
                yield from _named_parts(parts)
            else:
                for part in parts.items:
                    yield from self._part(part)

    def _part(self, part: Part) -> Iterator[Line]:
        change = part.change
        head = Span(f"{MARKERS[change.action]} {kind_word(change.kind)} {named(part.name)}", HUES[change.action])
        why = Span(f"  ({reason_words(change)})", "dim")
        fields = [field_words(change, field, self.units) for field in told(change, within=True)]
        if len(fields) == 1 and not along_words(change):
            yield line(head, f"  {fields[0].name}: {fields[0].text}", why, indent=8)
        else:
            yield line(head, why, indent=8)
            yield from self._inside(change, indent=12, within=True)

    def _inside(self, change: Change, *, indent: int, within: bool = False) -> Iterator[Line]:
        if words := along_words(change):
            yield line(words, indent=indent)
        if self.verbose or change.action is not Action.DELETE:
            for field in told(change, within=within):
                yield line(f"{field.field}: {field_words(change, field, self.units).text}", indent=indent)


def _names(entries: Sequence[MachineEntry]) -> Iterator[Line]:
    """Yield new machines by cluster, with the number of their parts."""
    for cluster in dict.fromkeys(entry.cluster for entry in entries):
        found = [entry for entry in entries if entry.cluster == cluster]
        names = listed([shown(entry.name, longest=40) for entry in found], _NAMED)
        yield line(f"in {cluster}: ", Span(f"+ {names}", HUES[Action.CREATE]), indent=4)
        if parts := part_counts(found):
            yield line(f"with {parts} (--verbose shows them)", indent=8)


def _named_parts(parts: PartGroup) -> Iterator[Line]:
    names = listed([named(part.name) for part in parts.items], _NAMED)
    count = len(parts.items)
    words = f"{f'{count:,} ' if count > 1 else ''}{kind_word(parts.kind, count)} {names}"
    yield line(Span(f"{MARKERS[parts.action]} {words}", HUES[parts.action]), indent=8)
    for change in parts.changes:
        if along := along_words(change):
            yield line(along, indent=12)
