"""Branch: a place beside NetBox's main data (plugin netbox-branching) where changes wait to be merged."""

from __future__ import annotations

from pydantic import Field

from proxbox_plan.model.base import Frozen


class Branch(Frozen):
    """One branch."""

    name: str
    schema_id: str | None = Field(default=None, description="NetBox's own name of it; null while it does not exist.")


class BranchView(Frozen):
    """A branch as an inventory saw it."""

    branch: Branch
    outside: tuple[str, ...] = Field(
        default=(), description="Kinds that NetBox keeps outside of branches: a write to them would be a write to main."
    )
