"""Identity: whether a source is the cluster that NetBox knows under its name.

Another cluster may answer at the configured host: DNS, an address that was given to another machine, a line that was
copied. All objects of the right one would then be gone, and those of the wrong one in their place. What the cluster was
called and which nodes it had is remembered in NetBox: by the keys of its devices, and by what was last applied to it.
TLS fingerprints are not compared, as they change with every renewal.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.key import Key
from proxbox_plan.core.listed import listed
from proxbox_plan.mapping import cluster, device
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.inventory import Row

_SHOWN = 3  # names of nodes in a message


def check_identity(estate: Estate) -> None:
    """Raise RefusedError for a source that has no node and not the name of the cluster NetBox knows.

    Also for a cluster that says it is standalone now. A policy that accepts the identity skips the check.
    """
    for view in estate.clusters:
        if view.name in estate.policy.accepted_identities:
            continue
        row = estate.row(cluster.KIND.name, Key.of(view.name, "cluster"))
        known = sorted(
            key.parts[2]
            for key in estate.rows_by_key.get(device.KIND.name, {})
            if key.cluster == view.name and key.sort == "node"
        )
        if not known and not _has_another_name(view, row):
            continue
        if view.node_names.isdisjoint(known) and not _has_same_name(view, row):
            _refuse(view, known, row, "is another cluster")
        if view.cluster.coverage.status.complete and view.cluster.standalone and _was_cluster(row, known):
            _refuse(view, known, row, "is a cluster no longer")


def _has_same_name(view: ClusterView, row: Row | None) -> bool:
    """Whether the cluster still has the name it gave itself; one that the configuration gives proves nothing."""
    name = view.cluster.proxmox_name
    return bool(name) and not view.policy.netbox_name and name == _known_name(row)


def _has_another_name(view: ClusterView, row: Row | None) -> bool:
    """Whether a cluster gives itself another name than it had: all there is to tell where its nodes are not ours."""
    known, name = _known_name(row), view.cluster.proxmox_name
    return None not in (known, name) and not view.policy.netbox_name and name != known


def _known_name(row: Row | None) -> str | None:
    return row.last_applied.fields.get("name") if row is not None and row.last_applied is not None else None


def _was_cluster(row: Row | None, known: list[str]) -> bool:
    """Whether it was no standalone node when it was last applied."""
    return len(known) > 1 or (row is not None and cluster.mode_of(row) == "Cluster")


def _refuse(view: ClusterView, known: list[str], row: Row | None, what: str) -> None:
    name = _known_name(row)
    now = f"a cluster called {view.cluster.proxmox_name!r}" if view.cluster.proxmox_name else "a standalone node"
    raise RefusedError(
        f"The source of the cluster {view.name!r} {what}: NetBox knows {_nodes(known) if known else 'no node'}"
        f"{f' and the name {name!r}' if name else ''}, but Proxmox answers as {now} with {_nodes(view.node_names)}",
        hint="Check `host` and the state of the cluster (`pvecm status`). "
        f"If it was really rebuilt or renamed, plan with --accept-identity {view.name}.",
    )


def _nodes(names: Iterable[str]) -> str:
    found = sorted(names)
    return f"the node{'s' if len(found) > 1 else ''} {listed(found, _SHOWN)}"
