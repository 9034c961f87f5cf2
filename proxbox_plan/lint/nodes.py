"""Nodes: how they differ from each other."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.lint.estate import LintEstate
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule, lacks
from proxbox_plan.lint.subject import Subject
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity


def versions_differ(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find clusters whose nodes run different releases of Proxmox VE."""
    for cluster in estate.clusters:
        nodes: dict[str, list[str]] = {}
        for node in cluster.nodes:
            if not node.coverage.status.complete:
                yield lacks(
                    "status of the node", node.coverage.status, cluster.name, Subject.of_node(cluster, node).address
                )
            elif node.version:
                release = ".".join(node.version.split(".")[:2])
                nodes.setdefault(release, []).append(node.name)
        if len(nodes) > 1:
            words = "; ".join(f"{release} on {', '.join(names)}" for release, names in sorted(nodes.items()))
            yield Defect(f"Its nodes run different releases of Proxmox VE: {words}", (Subject.of_cluster(cluster),))


RULES = (
    RegisteredRule(
        "node-versions-differ",
        Severity.WARNING,
        "versions of the nodes",
        "Guests migrate to newer nodes, and not always back. Mixed releases are meant for the days of an upgrade.",
        "Finish the upgrade of the cluster.",
        versions_differ,
    ),
)
