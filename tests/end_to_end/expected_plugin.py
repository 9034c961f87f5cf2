"""What the plugin must say of a cluster itself, worked out from Proxmox's raw answers.

Nothing here imports the collector or the planner: a mistake there cannot hide itself here.
"""

from __future__ import annotations

import re
from typing import Any

from tests.end_to_end.expected import Facts, Source
from tests.end_to_end.expected_plugin_guests import cluster_name, options, place

_SHARED = {"cephfs", "cifs", "glusterfs", "iscsi", "iscsidirect", "nfs", "pbs", "rbd", "zfs"}
_COLUMNS = (
    "path",
    "server",
    "username",
    "export",
    "share",
    "pool",
    "monhost",
    "namespace",
    "datastore",
    "subdir",
    "mountpoint",
    "is_mountpoint",
    "preallocation",
    "format",
)
_FORMATS = {"vma.zst": "zst", "tar.zst": "tzst", "pbs-vm": "pbs-vm", "pbs-ct": "pbs-ct"}
_DONE = {"vzdump": "Backup", "qmstart": "Start", "vzstart": "Start"}


def members(source: Source, kind: str) -> list[dict[str, Any]]:
    """Return the rows of one type in /cluster/status."""
    return [row for row in source.data("/cluster/status") if row["type"] == kind]


def mode(source: Source) -> str:
    """Return what sort of cluster it is."""
    return "cluster" if members(source, "cluster") else "standalone"


def endpoints(source: Source, host: str, port: int) -> Facts:
    """The endpoint; the address it is reached at is no object of ours."""
    own = {"name": "labcluster", "domain": "", "ip_address": f"{host}/32", "port": port, "mode": mode(source)}
    return {"lab/endpoint": {**own, "version": source.data("/version")["version"], "enabled": False}}


def clusters(source: Source) -> Facts:
    """The plugin's row of the cluster."""
    row = next(iter(members(source, "cluster")), {"quorate": 1, "version": None})
    own = {
        "endpoint": "lab/endpoint",
        "name": cluster_name(source),
        "netbox_cluster": "lab/cluster",
        "mode": mode(source),
    }
    nodes = len(members(source, "node"))
    more = {"nodes_count": nodes, "quorate": bool(row["quorate"]), "version": row["version"]}
    return {"lab/proxmox-cluster": {**own, **more}}


def nodes(source: Source) -> Facts:
    """The plugin's rows of the nodes; what a dead one does not say stays empty."""
    prints = {row["node"]: row["ssl_fingerprint"] for row in source.data("/nodes")}
    found: Facts = {}
    for row in members(source, "node"):
        name = row["name"]
        status = source.data(f"/nodes/{name}/status") if row["online"] else None
        where = (source.data(f"/nodes/{name}/config") or {}) if row["online"] else {}
        found[f"lab/proxmox-node/{name}"] = {
            "endpoint": "lab/endpoint",
            "name": name,
            "proxmox_cluster": "lab/proxmox-cluster",
            "netbox_device": f"lab/node/{name}",
            "ip_address": row["ip"],
            "node_id": row["nodeid"],
            "online": bool(row["online"]),
            "max_cpu": status["cpuinfo"]["cpus"] if status else None,
            "max_memory": status["memory"]["total"] // 2**20 * 2**20 if status else None,
            "ssl_fingerprint": (status and prints[name]) or "",
            "support_level": row["level"],
            "location": where.get("location", ""),
        }
    return found


def cluster_states(source: Source) -> Facts:
    """The sidecar of the cluster."""
    own = {
        "cluster": "lab/cluster",
        "proxmox_cluster": "lab/proxmox-cluster",
        "proxmox_cluster_name": cluster_name(source),
    }
    return {"lab/cluster/state": own}


def device_states(source: Source, link: str) -> Facts:
    """Sidecars of devices."""
    return {
        f"lab/node/{name}/state": {
            "device": f"lab/node/{name}",
            **place(source, name),
            "proxmox_link": f"{link}node/{name}",
        }
        for name in source.nodes()
    }


def storages(source: Source) -> Facts:
    """Storage definitions."""
    return {
        f"lab/storage/{row['storage']}": {
            "cluster": "lab/cluster",
            "name": row["storage"],
            "storage_type": row["type"],
            "content": ",".join(sorted(row["content"].split(","))),
            "enabled": not row.get("disable"),
            "nodes": ",".join(sorted(row.get("nodes", "").split(","))),
            "port": row.get("port"),
            "shared": bool(row.get("shared")) or row["type"] in _SHARED,
            "prune_backups": ",".join(sorted(row.get("prune-backups", "").split(","))),
            "max_protected_backups": row.get("max-protected-backups"),
            **{name: row.get(name, "") for name in _COLUMNS},
        }
        for row in source.data("/storage")
    }


def backups(source: Source) -> Facts:
    """Backups of the guests NetBox has: a volume once, whichever nodes list it, none from before a VM was created."""
    guests = {row["vmid"]: key for key, row, _ in source.guests()}
    born = {row["vmid"]: _created(config) for _, row, config in source.guests()}
    online = [name for name, up in source.nodes().items() if up]
    found: Facts = {}
    for storage in (row["storage"] for row in source.data("/storage")):
        for node in online:
            for row in source.data(f"/nodes/{node}/storage/{storage}/content", content="backup") or ():
                sure = 3600 if row["format"].startswith("pbs-") else 27 * 3600  # seconds that its time may be off
                if row["vmid"] in guests and row["ctime"] + sure >= born[row["vmid"]]:
                    found[f"lab/backup/{row['volid']}"] = _backup(row, storage, guests[row["vmid"]])
    return found


def _created(config: dict[str, Any]) -> int:
    return int(config.get("meta", "").partition("ctime=")[2] or 0)


def _backup(row: dict[str, Any], storage: str, machine: str) -> dict[str, Any]:
    notes = row.get("notes", "").strip()
    verified = row.get("verification", {})
    return {
        "virtual_machine": machine,
        "storage": storage,
        "proxmox_storage": f"lab/storage/{storage}",
        "volume_id": row["volid"],
        "vmid": row["vmid"],
        "subtype": machine.split("/")[1],
        "format": _FORMATS.get(row["format"], "undefined"),
        "creation_time": row["ctime"],
        "size": row["size"],
        "encrypted": str(row.get("encrypted", "")),
        "verification_state": verified.get("state", ""),
        "verification_upid": verified.get("upid", ""),
        "notes": f"(protected) {notes}".strip() if row.get("protected") else notes,
    }


def tasks(source: Source) -> Facts:
    """Tasks of the guests NetBox has."""
    guests = {str(row["vmid"]): key for key, row, _ in source.guests()}
    found: Facts = {}
    for node in (name for name, up in source.nodes().items() if up):
        for row in source.data(f"/nodes/{node}/tasks", source="archive", since="0", start="0", limit="500"):
            if row["id"] in guests:
                kind = guests[row["id"]].split("/")[1]
                token = f"!{row['tokenid']}" if "tokenid" in row else ""
                found[f"lab/task/{row['upid']}"] = {
                    "virtual_machine": guests[row["id"]],
                    "vm_type": kind,
                    "upid": row["upid"],
                    "node": node,
                    "pid": row["pid"],
                    "pstart": row["pstart"],
                    "task_id": row["id"],
                    "task_type": row["type"],
                    "username": row["user"] + token,
                    "start_time": row["starttime"],
                    "end_time": row["endtime"],
                    "description": f"{'QEMU' if kind == 'qemu' else 'CT'} {row['id']} - {_DONE[row['type']]}",
                    "status": row["status"],
                    "exitstatus": row["status"],
                    "task_state": "stopped",
                }
    return found


def replications(source: Source) -> Facts:
    """Replication jobs of the guests NetBox has; the source is the node the guest is on."""
    guests = {row["vmid"]: (key, row["node"]) for key, row, _ in source.guests()}
    found: Facts = {}
    for row in source.data("/cluster/replication"):
        if row["guest"] in guests:
            key, node = guests[row["guest"]]
            state = next(item for item in source.data(f"/nodes/{node}/replication") if item["id"] == row["id"])
            error = {"error": state["error"]} if "error" in state else {}
            found[f"lab/replication/{row['id']}"] = {
                "endpoint": "lab/endpoint",
                "replication_id": row["id"],
                "virtual_machine": key,
                "proxmox_node": f"lab/proxmox-node/{node}",
                "guest": row["guest"],
                "jobnum": row["jobnum"],
                "job_type": row["type"],
                "source": node,
                "target": row["target"],
                "schedule": row["schedule"],
                "rate": float(row["rate"]) if "rate" in row else None,
                "comment": row.get("comment", ""),
                "disable": bool(row.get("disable")),
                "remove_job": row.get("remove_job"),
                "status": "active",
                "raw_config": {"fail_count": state["fail_count"], **error},
            }
    return found


def routines(source: Source) -> Facts:
    """Backup jobs."""
    spans = ("last", "daily", "weekly", "monthly", "yearly")
    found: Facts = {}
    for row in source.data("/cluster/backup"):
        keep, fleecing = _table(row.get("prune-backups", {})), _table(row.get("fleecing", {}))
        chosen = [int(vmid) for vmid in row.get("vmid", "").split(",") if vmid]
        pool = f"pool {row.get('pool')}" if "pool" in row else "all"
        also = {name: row[name] for name in ("pool", "mode", "compress") if name in row}
        excluded = sorted(int(vmid) for vmid in row.get("exclude", "").split(",") if vmid)
        all_of_them = {"all": True} if row.get("all") else {}
        found[f"lab/backup-job/{row['id']}"] = {
            "endpoint": "lab/endpoint",
            "job_id": row["id"],
            "enabled": bool(row["enabled"]),
            "schedule": row["schedule"],
            "node": f"lab/proxmox-node/{row['node']}" if "node" in row else None,
            "storage": f"lab/storage/{row['storage']}",
            "selection": chosen or [pool],
            "comment": row.get("comment", ""),
            "notes_template": row.get("notes-template", ""),
            **{f"keep_{span}": int(keep[f"keep-{span}"]) if f"keep-{span}" in keep else None for span in spans},
            "keep_all": bool(int(keep["keep-all"])) if "keep-all" in keep else None,
            "bwlimit": row.get("bwlimit"),
            "zstd": row.get("zstd"),
            "io_workers": _table(row.get("performance", {})).get("max-workers"),
            "fleecing": "enabled" if fleecing.get("enabled") else "",
            "fleecing_storage": f"lab/storage/{fleecing['storage']}" if "storage" in fleecing else None,
            "repeat_missed": bool(row["repeat-missed"]) if "repeat-missed" in row else None,
            "pbs_change_detection_mode": row.get("pbs-change-detection-mode", ""),
            "status": "active",
            "raw_config": {**all_of_them, **({"exclude": excluded} if excluded else {}), **also},
        }
    return found


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else options(value)


def cpu_models(source: Source) -> Facts:
    """Custom CPU models; versions before 9.2 have none."""
    if re.match(r"[0-8]\.|9\.[01]\.", source.data("/version")["version"]):
        return {}
    return {
        f"lab/cpu-model/{row['cputype']}": {
            "endpoint": "lab/endpoint",
            "cluster_name": cluster_name(source),
            "cputype": row["cputype"],
            "base_cputype": row.get("reported-model", ""),
            "flags": row.get("flags", ""),
            "vendor_id": row.get("hv-vendor-id", ""),
            "status": "active",
        }
        for row in source.data("/cluster/qemu/custom-cpu-models")
    }
