"""Estate: the input of planning: the state of Proxmox, the inventory of NetBox, and the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import seconds_between
from proxbox_plan.mapping.estate.claims import Claims, proven
from proxbox_plan.mapping.estate.ipam import ManagedSubnets, Reservations, managed_subnets
from proxbox_plan.mapping.estate.relocated import Relocations, relocations
from proxbox_plan.mapping.estate.stages import RemovalStage, stage_of
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.inventory.ownership_fields import check_fields
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.model.state import Cluster, State
from proxbox_plan.model.state.vlans import Wiring
from proxbox_plan.rules.rule_book import effective, rule_book

Fingerprint = tuple[str, ...]
_SKEW: Final = 3600  # seconds by which NetBox's clock may be behind the one of whoever collects


@dataclass(frozen=True)
class Estate:
    """A state and an inventory under one policy."""

    state_digest: str
    collected: Mapping[str, str]  # cluster -> when its state was collected
    clusters: tuple[ClusterView, ...]
    source: Inventory  # as NetBox answered
    inventory: Inventory  # the same, in which only what is proven ours has a key
    claims: Claims  # what carries a key without being proven ours
    policy: Policy

    @classmethod
    def of(cls, state: State, inventory: Inventory, policy: Policy) -> Estate:
        """Match every cluster of the state with its policy; clusters that are not configured are out of scope.

        RefusedError for a redacted state, as hidden values are not absent, and for a field of another tool.
        """
        if state.redacted:
            raise RefusedError(
                "The state is redacted: a plan would remove its hidden notes and addresses",
                hint="Plan from a state that was collected without --redact.",
            )
        check_fields(inventory)
        pairs = ((cluster, policy.cluster(cluster.name)) for cluster in state.clusters)
        clusters = tuple(_view(policy, cluster, found) for cluster, found in pairs if found is not None)
        return cls(state.digest, state.collected, clusters, inventory, *proven(inventory), policy)

    @cached_property
    def version(self) -> tuple[int, int]:
        """Major and minor version of NetBox."""
        return self.inventory.version

    @cached_property
    def by_name(self) -> Mapping[str, ClusterView]:
        """The clusters by their name in the configuration."""
        return {view.name: view for view in self.clusters}

    @cached_property
    def rows_by_key(self) -> Mapping[str, Mapping[Key, Row]]:
        """Managed rows: kind -> key -> row."""
        return {kind: {row.key: row for row in rows if row.key} for kind, rows in self.inventory.kinds.items()}

    @cached_property
    def rows_by_fingerprint(self) -> Mapping[Fingerprint, list[tuple[Key, Row]]]:
        """Managed objects of guests (key and row) by uuid and vmgenid, where both are known."""
        found: dict[Fingerprint, list[tuple[Key, Row]]] = {}
        for rows in self.rows_by_key.values():
            for key, row in rows.items():
                fingerprint = row.fingerprint
                if "uuid" in fingerprint and "vmgenid" in fingerprint:
                    found.setdefault((fingerprint["uuid"], fingerprint["vmgenid"]), []).append((key, row))
        return found

    @cached_property
    def machines_by_uuid(self) -> Mapping[str, list[tuple[Key, Row]]]:
        """Managed virtual machines (key and row) by the uuid of their guest, where it is known."""
        found: dict[str, list[tuple[Key, Row]]] = {}
        for key, row in self.machines.items():
            if uuid := row.fingerprint.get("uuid"):
                found.setdefault(uuid, []).append((key, row))
        return found

    @cached_property
    def machines(self) -> Mapping[Key, Row]:
        """Managed virtual machines by key."""
        return self.rows_by_key.get("virtual-machine", {})

    @cached_property
    def relocations(self) -> Relocations:
        """What became of the guests of machines whose vmids are free."""
        return relocations(self.clusters, self.rows_by_key, self.is_newer)

    @cached_property
    def reservations(self) -> Reservations:
        """The addresses that IPAMs of Proxmox have given in this NetBox, as far as they were read."""
        return Reservations(self.inventory.kinds.get("ip-address", ()))

    @cached_property
    def managed(self) -> ManagedSubnets:
        """The subnets in which IPAMs of Proxmox work on this NetBox."""
        return managed_subnets(self.clusters, self.inventory.url)

    def has(self, kind: Kind) -> bool:
        """Whether a kind is planned: it is in scope, and this NetBox has it."""
        return self.policy.areas.include(kind.areas) and kind.since <= self.version and self.inventory.has(kind)

    def row(self, kind: str, key: str) -> Row | None:
        """Return the NetBox object that carries `key`."""
        return self.rows_by_key.get(kind, {}).get(Key(key))

    @cached_property
    def read_at(self) -> str | None:
        """When NetBox was read, by its own clock; null when it did not say, or says a time that is long past.

        A state that was collected later than NetBox was read, by more than clocks differ, shows that.
        """
        said, latest = self.inventory.read_at, max(self.collected.values(), default=None)
        is_past = said is not None and latest is not None and seconds_between(said, latest) > _SKEW
        return None if is_past else said

    def stage_of(self, kind: Kind, row: Row) -> RemovalStage:
        """Return what becomes of an object of ours once its source is proven gone.

        A period is over by the clock of NetBox and by the state: what was gone weeks ago may be back since.
        """
        moments = (self.read_at, self.collected.get(row.key.cluster) if row.key else None)
        now = min((moment for moment in moments if moment is not None), default=None)
        return stage_of(self.policy, now if self.read_at is not None else None, kind, row)

    def is_newer(self, key: Key, row: Row) -> bool:
        """Whether an object was first applied after the state was collected, which therefore cannot know it."""
        since = row.last_applied.since if row.last_applied is not None else None
        return since is not None and since > self.collected.get(key.cluster, since)

    def sealed(self) -> Estate:
        """Return the estate with a digest on its inventory, which is complete now."""
        return replace(self, source=self.source.remade())


def _view(policy: Policy, cluster: Cluster, found: ClusterPolicy) -> ClusterView:
    filed = effective(policy, found, cluster)
    return ClusterView(cluster, filed, rule_book(policy, filed, cluster, Wiring(cluster)), policy.addresses)
