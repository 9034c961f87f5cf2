"""A plan as a pull-request comment: whether it may be applied, then the machines, then what is not done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from proxbox_plan.model.plan import Plan, Preserved, Units
from proxbox_plan.policy.approvals import Tally, elsewhere_words
from proxbox_plan.report.adoption import adoption_lines
from proxbox_plan.report.approvals import ApprovalRow, approval_rows, approvals_line
from proxbox_plan.report.link import Link
from proxbox_plan.report.markdown.blocks import Block, Bullets, Code, MarkdownTable, Paragraph, Quote, Words, table
from proxbox_plan.report.markdown.comment import comment, marker
from proxbox_plan.report.markdown.machines import machine_blocks
from proxbox_plan.report.markdown.not_changed import not_changed
from proxbox_plan.report.messages import capitalized, counted, kind_word
from proxbox_plan.report.overview.field_words import side_words
from proxbox_plan.report.overview.headline import headline, refusal
from proxbox_plan.report.overview.overview import PlanOverview, overview_of
from proxbox_plan.report.summary import (
    check_words,
    limits_title,
    part_words,
    state_words,
    unchanged_line,
    unsupported_lines,
    verdict,
    where_words,
)
from proxbox_plan.report.values import named, said

WHERE: Words = (
    "Everything is in the plan file: ",
    Code("proxbox show plan.json --verbose"),
    ", or as a page with ",
    Code("--format html"),
    ".",
)


def plan_markdown(plan: Plan, links: Sequence[Link] = (), approvals: Tally | None = None) -> str:
    """Return the plan as Markdown, with as many rows as fit into one comment."""
    overview = overview_of(plan)
    about, title = marker("plan", plan.clusters), headline(plan, overview)
    before, blocks = partial(_refusal, plan, approvals), partial(_blocks, plan, overview, approvals)
    return comment(about, title, blocks, where=WHERE, links=links, before=before)


def _refusal(plan: Plan, approvals: Tally | None, most: int) -> Iterator[Block]:
    """Yield why apply refuses a plan, or what it asks for: it stands above everything else."""
    limits = [f"{limits_title(plan)}: {said(limit.message)}" for limit in plan.limits]
    checks = [f"{said(check_words(hit))} ({counted(len(hit.addresses), 'change')})" for hit in plan.checks]
    missing = [approvals_line(approvals)] if approvals is not None and not approvals.enough else []
    lines = (*limits, *checks, *missing)
    if words := refusal(plan):
        yield Quote("CAUTION", words, lines[:most], len(lines[most:]))
    elif lines:
        yield Quote("WARNING", "Before it is applied", lines[:most], len(lines[most:]))


def _blocks(plan: Plan, overview: PlanOverview, approvals: Tally | None, grave: int, other: int) -> Iterator[Block]:
    yield from _verdict(plan)
    if approvals is not None:
        yield from _approvals(approvals, grave)
    if lines := tuple(adoption_lines(plan)):
        yield Bullets("Taken over from NetBox", lines)
    yield from machine_blocks(overview, grave, other)
    yield from not_changed(plan, grave)
    if plan.preserved:
        header = ("kind", "object", "field", "NetBox", "Proxmox")
        row = partial(_kept, units=overview.units)
        yield table(
            f"{counted(len(plan.preserved), 'field')} preserved", header, plan.preserved, row, other, folded=True
        )
    if block := _agreed(plan):
        yield block
    yield _foot(plan)


def _verdict(plan: Plan) -> Iterator[Block]:
    lines: list[Words] = [capitalized(verdict(plan).partition(": ")[2])] if plan.changes else []
    if plan.targeting:
        lines.append(("Only ", Code(said(part_words(plan.targeting))), ", with what that depends on."))
    if lines:
        yield Paragraph(tuple(lines))


def _approvals(found: Tally, most: int) -> Iterator[Block]:
    """Yield how many approvals count, unless that stands above the title already, and each approval."""
    lines = ([approvals_line(found)] if found.enough else []) + [f"{words}." for words in elsewhere_words(found)]
    if lines:
        yield Paragraph(tuple(lines))
    if rows := approval_rows(found):
        yield table("Approvals", ("approval", "by", "verdict"), rows, _approval, most)


def _approval(row: ApprovalRow) -> tuple[Words, ...]:
    return Code(row.file), Code(row.approver), (f"{row.status}: ", Code(row.why)) if row.why else row.status


def _kept(item: Preserved, units: Units) -> tuple[Words, ...]:
    sides = side_words(item.address.kind, item.field, (item.netbox, item.proxmox), units)
    return kind_word(item.address.kind), Code(named(item.name)), Code(named(item.field)), *map(Code, sides)


def _agreed(plan: Plan) -> MarkdownTable | None:
    """Return what already agrees and what NetBox lacks, behind one line."""
    unsupported = list(unsupported_lines(plan, verbose=True))
    words = [unchanged_line(plan.unchanged, verbose=True), *unsupported]
    rows = [(text,) for text in words if text]
    if not rows:
        return None
    parts = [f"Unchanged: {counted(sum(plan.unchanged.values()), 'object')}"] if plan.unchanged else []
    lacking = sum(len(item.kinds) for item in plan.unsupported)
    parts += [f"{'unsupported' if parts else 'Unsupported'}: {counted(lacking, 'kind')}"] if unsupported else []
    return MarkdownTable("; ".join(parts), ("what is not in this plan",), tuple(rows), folded=True)


def _foot(plan: Plan) -> Paragraph:
    where = where_words(plan.binding)
    lines: list[Words] = [
        ("Plan ", Code(plan.id), " for ", Code(where), ", NetBox ", Code(plan.binding.netbox_version), ".")
    ]
    if words := state_words(plan):
        lines.append(("State of Proxmox: ", Code(said(words)), "."))
    if plan.changes:
        lines.append(("Changes: ", Code(named(plan.changes_digest))))
    return Paragraph(tuple(lines))
