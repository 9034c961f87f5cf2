"""What goes along with a deletion, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from proxbox_plan.core.listed import listed
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.plan import Change, Delete
from proxbox_plan.model.relation import Effect
from proxbox_plan.report.values import named

_WORDS: Final = {Effect.DELETED: "deleted with it", Effect.EMPTIED: "loses its reference"}
_TYPES: Final = {
    "dcim.device": "device",
    "dcim.interface": "interface",
    "dcim.macaddress": "MAC address",
    "ipam.ipaddress": "IP address",
    "virtualization.virtualdisk": "virtual disk",
    "virtualization.vminterface": "VM interface",
}
_NAMED: Final = 3  # objects named of one type


def along_words(change: Change) -> str:
    """Return what NetBox deletes or empties with an object, beside what has a change of its own; often nothing."""
    return "; ".join(_parts(change.along)) if isinstance(change, Delete) else ""


def _parts(items: Iterable[Dependent]) -> Iterator[str]:
    found: dict[tuple[Effect, str], list[str]] = {}
    for item in items:
        found.setdefault((item.effect, item.model), []).append(item.name)
    for (effect, model), names in found.items():
        yield f"{_WORDS[effect]}: {_TYPES.get(model, model)} {listed([named(name) for name in names], _NAMED)}"
