"""Machines: one that people documented without a cluster may be a guest, and its name alone does not prove that.

NetBox takes a second machine of that name, as names are unique in a cluster.
"""

from __future__ import annotations

from typing import Final

from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.protection import is_ignored
from proxbox_plan.model.inventory import NULL, Lookup, Row
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.protective_tags import IGNORE_TAG
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft

WITHOUT_CLUSTER: Final = Lookup(GUEST.name, "cluster_id", NULL)
"""The question which machines have no cluster: any of them may be a guest that is new."""


def validate_machines(draft: Draft) -> None:
    """Create no machine beside one of its name that has no cluster, unless that is at another site."""
    loose: dict[str, list[Row]] = {}
    for row in draft.matched.index.of(GUEST.name):
        if ref_id(row.fields.get("cluster")) is None and _is_free(row):
            loose.setdefault(row.name.casefold(), []).append(row)
    new = (wanted for wanted, row in draft.of_kind(GUEST.name) if row is None) if loose else ()
    for wanted in new:
        rows = loose.get(wanted.name.casefold(), ())
        found = next((row for row in rows if not _is_elsewhere(draft.matched, wanted, row)), None)
        if found is None:
            continue
        draft.refuse(
            wanted,
            f"{found.name!r} in NetBox (id {found.id}) has the name of the guest and no cluster: nothing tells whether "
            "it is that guest",
            "If it is, set its cluster in NetBox, and it is taken over; if it is not, rename it there or give it the "
            f"tag {IGNORE_TAG}.",
            ProblemCode.AMBIGUOUS_MATCH,
        )


def _is_free(row: Row) -> bool:
    return row.key is None and not is_ignored(row)


def _is_elsewhere(matched: Matched, wanted: DesiredObject, row: Row) -> bool:
    """Whether a machine has another site than the guest."""
    site, present = matched.coming(wanted, "site"), ref_id(row.fields.get("site"))
    return None not in (site, present) and site != present
