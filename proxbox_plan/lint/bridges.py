"""Bridges: NICs whose bridge is not on the node of their guest."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.lint.coverage import unknown
from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule, lacks
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import NOT_READ, Cluster, Coverage


def missing(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find NICs whose bridge is neither an interface of the node nor a vnet."""
    for cluster in estate.clusters:
        vnets = {vnet.name for vnet in cluster.sdn.vnets} if cluster.sdn is not None else set()
        sdn = cluster.sdn.coverage if cluster.sdn is not None else NOT_READ
        nodes = {node.name: node for node in cluster.nodes}
        used = _used(cluster)
        for guest in estate.of(cluster):
            place = Whereabouts(cluster, guest)
            if doubt := unknown(place, "row", "config"):
                yield doubt
                continue
            node = nodes.get(guest.node)
            here = {item.name for item in node.interfaces} if node is not None else set()
            network = node.coverage.network if node is not None else cluster.coverage.nodes
            known = here | vnets | used.get(guest.node, set())
            lacking = [nic for nic in guest.nics if nic.bridge and nic.bridge not in known]
            if lacking and (doubt := _unsure(place, node is not None, network, sdn)):
                yield doubt
            elif lacking:
                nics = ", ".join(f"{nic.slot} is on {nic.bridge}" for nic in lacking)
                yield Defect(f"{nics}: {guest.node} has no such bridge, and SDN no such vnet", (place.subject,))


def _used(cluster: Cluster) -> dict[str, set[str]]:
    """Return the bridges of running guests by node: they are there, also where the API of the node has no word of them.

    Proxmox reads `/etc/network/interfaces`, and none of the files that it sources.
    """
    found: dict[str, set[str]] = {}
    for guest in cluster.guests:
        if guest.status == "running":
            found.setdefault(guest.node, set()).update(nic.bridge for nic in guest.nics if nic.bridge)
    return found


def _unsure(place: Whereabouts, is_listed: bool, network: Coverage, sdn: Coverage) -> Doubt | None:  # noqa: FBT001 # a fact
    about = place.address
    if not network.complete or not is_listed:
        return lacks("network of the node", network if not network.complete else NOT_READ, place.cluster.name, about)
    return None if sdn.complete else lacks("SDN", sdn, place.cluster.name, about)


RULES = (
    RegisteredRule(
        "nic-on-missing-bridge",
        Severity.WARNING,
        "the guest's configuration, the network of its node and what runs on it, SDN (`scope.sdn`)",
        "The guest does not start.",
        "Create the bridge or vnet on the node, or connect the NIC to another one. Except the guest if the bridge is "
        "defined in a file that `/etc/network/interfaces` sources: Proxmox shows none of those.",
        missing,
    ),
)
