"""Adoption: what a plan takes over of a NetBox that people filled, by which match, and what it leaves to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from proxbox_plan.core.listed import listed
from proxbox_plan.model.plan import Adopt, Plan
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.report.messages import counted, kind_word
from proxbox_plan.report.values import named

_NAMED = 6  # machines named of one cluster
_WORDS = {"mac_address": "MAC address", "vmid": "the marks of another tool", "virtual_machine": "machine"}


def adoption_lines(plan: Plan) -> Iterator[str]:
    """Yield what is taken over, kind by kind, what NetBox has beside it, and what is ambiguous; nothing without it."""
    adopted = [change for change in plan.changes if isinstance(change, Adopt)]
    if not adopted:
        return
    ways: dict[str, Counter[tuple[str, ...]]] = {}
    for change in adopted:
        ways.setdefault(change.kind, Counter())[change.matched_by] += 1
    for kind, found in ways.items():
        total = sum(found.values())
        by = ", ".join(
            f"{_words(fields)}{f' ({count:,})' if len(found) > 1 else ''}" for fields, count in found.items()
        )
        yield f"{total:,} {kind_word(kind, total)}{f', found by {by}' if by else ''}"
    for cluster, names in plan.only_in_netbox.items():
        shown = listed([named(name) for name in names], _NAMED)
        yield f"NetBox also has {counted(len(names), 'machine')} in {named(cluster)} that no guest is: {shown}"
    ambiguous = sum(problem.code is ProblemCode.AMBIGUOUS_MATCH for problem in plan.problems)
    if ambiguous:
        yield f"{counted(ambiguous, 'ambiguous match')}: see the problems"


def _words(fields: tuple[str, ...]) -> str:
    return " and ".join(_WORDS.get(name, name.replace("_", " ")) for name in fields)
