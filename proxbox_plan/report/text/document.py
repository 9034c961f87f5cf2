"""Any document as text for a terminal."""

from __future__ import annotations

from proxbox_plan.model.base import Document
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import State
from proxbox_plan.report.messages import kind_word
from proxbox_plan.report.text.layout import line, rendered
from proxbox_plan.report.text.outcome import outcome_text
from proxbox_plan.report.text.plan import plan_text
from proxbox_plan.report.text.state import state_text
from proxbox_plan.report.text.style import Style


def render(document: Document, *, color: bool = False, verbose: bool = False) -> str:
    """Return the document as text; `verbose` shows every row, `color` adds ANSI colors."""
    style = Style(color=color)
    match document:
        case Plan():
            return plan_text(document, style=style, verbose=verbose)
        case State():
            return state_text(document, style=style, verbose=verbose)
        case Outcome():
            return outcome_text(document, style=style, verbose=verbose)
        case Inventory():
            return inventory_text(document)
        case _:
            raise TypeError(type(document).__name__)


def inventory_text(inventory: Inventory) -> str:
    """Return how many objects an inventory has, by kind."""
    lines = [line(f"NetBox {inventory.netbox_version} at {inventory.url}")]
    for kind, rows in sorted(inventory.kinds.items()):
        managed = sum(row.key is not None for row in rows)
        lines.append(line(f"{len(rows):,} {kind_word(kind, len(rows))}, {managed:,} managed", indent=4))
    return rendered(lines)
