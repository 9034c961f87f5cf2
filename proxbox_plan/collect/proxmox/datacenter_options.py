"""Read the options of a datacenter: its note and the colors of its tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxbox_plan.clients.proxmox.client import ProxmoxReadError
from proxbox_plan.collect.proxmox.api_models.answer import WrongShapeError, read_one
from proxbox_plan.collect.proxmox.api_models.cluster import DatacenterOptions
from proxbox_plan.collect.proxmox.parse.datacenter import parse_tag_colors
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError
from proxbox_plan.collect.proxmox.privileges.effective import AUDIT_NODE, EffectivePrivileges
from proxbox_plan.collect.proxmox.reading import Reader, incomplete_because, wrong_shape
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import COMPLETE, NOT_READ, Coverage, TagColor
from proxbox_plan.model.state.coverage import first_incomplete

OPTIONS = "/cluster/options"


@dataclass(frozen=True)
class Datacenter:
    """What was read of the options, and whether that is all."""

    description: str = ""
    tag_colors: tuple[TagColor, ...] = ()
    notes: Coverage = NOT_READ
    colors: Coverage = NOT_READ

    def asked(self, areas: Areas, privileges: EffectivePrivileges) -> Datacenter:
        """Return it without what was not requested: who may not audit is shown no note, and all colors."""
        may = privileges.holds("/", AUDIT_NODE)
        notes = first_incomplete(self.notes, may) if areas.notes else NOT_READ
        return Datacenter(
            self.description if areas.notes else "",
            self.tag_colors if areas.tag_colors else (),
            notes,
            self.colors if areas.tag_colors else NOT_READ,
        )


UNASKED: Final = Datacenter()


def read_datacenter(reader: Reader) -> Datacenter:
    """Read the options of a datacenter."""
    try:
        found = read_one(DatacenterOptions, reader.get(OPTIONS))
    except ProxmoxReadError as error:
        lacking = incomplete_because(error)
        return Datacenter(notes=lacking, colors=lacking)
    except WrongShapeError as error:
        lacking = wrong_shape(OPTIONS, str(error))
        return Datacenter(notes=lacking, colors=lacking)
    note = found.description.rstrip()
    try:
        return Datacenter(note, parse_tag_colors(found.tag_style or ""), COMPLETE, COMPLETE)
    except GrammarError as error:
        return Datacenter(note, (), COMPLETE, wrong_shape(OPTIONS, str(error)))
