"""A generated cluster, of as many parts as are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from proxbox_plan.demo.cluster.administered import AdministeredCluster
from proxbox_plan.demo.cluster.features import add_features
from proxbox_plan.demo.cluster.network_features import add_networks
from proxbox_plan.demo.cluster.seeding import seed_tables


@dataclass
class ClusterDescription(AdministeredCluster):
    """A cluster that an administrator changes, empty or generated from a seed."""

    @classmethod
    def seeded(  # only the first are passed by position
        cls,
        seed: int = 1,
        guests: int = 200,
        nodes: int = 5,
        name: str = "demo",
        *,
        features: Literal["guests", "all"] = "guests",
    ) -> Self:
        """Return the generated cluster of this seed: the same seed and sizes give the same cluster.

        With all features it also has backups, snapshots, jobs, a firewall and SDN.
        """
        tables = seed_tables(seed, guests, nodes)
        cluster = cls(name=name, nodes=tables.nodes, storages=tables.storages, guests=tables.guests)
        if features == "all":
            add_features(cluster, seed)
            add_networks(cluster)
        return cluster
