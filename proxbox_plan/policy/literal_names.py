"""Literal names: the NetBox objects that the configuration of a cluster names outright, not by a rule or a template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from proxbox_plan.core.address import Address
from proxbox_plan.core.sanitize import slug
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.policy.rules import TEMPLATE_MARKS

# Key of the configuration -> kind of an object that is not created for it.
_KINDS = {
    "site": "site",
    "location": "location",
    "tenant": "tenant",
    "cluster_group": "cluster-group",
    "vlan_group": "vlan-group",
    "vrf": "vrf",
}


class LiteralName(NamedTuple):
    """A name, and where the configuration has it."""

    place: tuple[str | int, ...]
    kind: str
    name: str

    def is_of(self, address: Address) -> bool:
        """Whether the name is that of an object that carries no key; NetBox has a location in each of several sites."""
        return address.kind == self.kind and address.key.rpartition("/")[2] == slug(self.name)


def literal_names(policy: Policy) -> Iterator[LiteralName]:
    """Yield the names that each cluster gives itself, its guests and its nodes, and that NetBox must have."""
    for index, cluster in enumerate(policy.clusters):
        for section in ((), ("guests",), ("nodes",)):
            part = getattr(cluster, section[0]) if section else cluster
            for key, kind in _KINDS.items():
                name = getattr(part, key, None)
                if name and not any(mark in name for mark in TEMPLATE_MARKS):
                    yield LiteralName(("clusters", index, *section, key), kind, name)
