"""Optional: an object comes without the role, tenant, platform or VLAN that cannot be."""

from __future__ import annotations

from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import refs_in
from proxbox_plan.plan.validate.draft import Draft, is_looked_up


def without_optional(draft: Draft) -> None:
    """Leave out the optional references to what is refused, ambiguous or missing; each of these has its problem."""
    out = {address for address in draft.blocked if address not in draft.matched.rows}
    out |= {item.address for item, row in draft.of_kind(*KINDS) if row is None and is_looked_up(item)}
    if not out:
        return
    optional = {kind.name: tuple(field for field in kind.fields if field.optional) for kind in KINDS.values()}
    for wanted, row in draft.of_kind(*(name for name, fields in optional.items() if fields)):
        fields = dict(wanted.fields)
        for field in optional[wanted.kind]:
            if any(ref.address in out for ref in refs_in(fields.get(field.name))):
                _leave_out(fields, field.name, out, row)
        if fields != wanted.fields:
            draft.give(wanted, fields)


def _leave_out(fields: dict[str, Any], name: str, out: set[Address], row: Row | None) -> None:
    """Leave out a field of an object that is there: it may have that very one. Of a new list only what lacks goes."""
    value = fields[name]
    if isinstance(value, list) and row is None:
        fields[name] = [item for item in value if not (isinstance(item, Ref) and item.address in out)]
    else:
        del fields[name]
