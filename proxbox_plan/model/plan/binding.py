"""Binding: what a plan was computed from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.inventory.changelog import Position

Units = Literal["binary", "decimal"]
"""How memory and disks are counted: in MiB or in MB."""


class Binding(Frozen):
    """What the plan was computed from. Apply refuses when any of it cannot be verified."""

    state_digest: str
    config_digest: str
    inventory_digest: str
    netbox_url: str
    netbox_version: str
    changelog: Position | None = Field(
        default=None,
        description="Newest entry of NetBox's changelog then: a NetBox without it is another one. Null: none was seen.",
    )
    units: Units = Field(default="binary", description="How memory and disks are counted (`mapping.units`): MiB or MB.")
    branch: Branch | None = Field(default=None, description="Branch of NetBox it is for; null for main.")
