"""A token whose permission has a constraint: what it allows lands, what it excludes is reported, object by object."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome, Result
from tests.contract.client import NetBox
from tests.end_to_end.stage import REPOSITORY, Stage
from tests.end_to_end.test_everyday_changes import one_guest

MACHINE = "virtualization.virtualmachine"
LARGEST = 20_000  # MiB; the permission excludes virtual machines with more


def limited_token(admin: Stage) -> str:
    """Let an administrator make a user who may write everything but large virtual machines."""
    types = [row["app_label"] + "." + row["model"] for row in admin.netbox("core/object-types")]
    user = admin.ask("POST", "users/users/", {"username": "limited", "password": "Correct-horse-9"})
    actions = ["view", "add", "change", "delete"]
    for name, kinds, constraints in (
        ("all but machines", [kind for kind in types if kind != MACHINE], None),
        ("small machines", [MACHINE], {"memory__lt": LARGEST}),
    ):
        body = {"name": name, "object_types": kinds, "actions": actions, "users": [user["id"]]}
        admin.ask("POST", "users/permissions/", body | {"constraints": constraints})
    row: dict[str, Any] = admin.ask("POST", "users/tokens/", {"user": user["id"], "version": 2})
    return f"nbt_{row['key']}.{row['token']}"


@pytest.mark.netbox
def test_what_a_constraint_excludes(tmp_path: Path, real_netbox: NetBox) -> None:
    """One of many machines is too large to be created, then one to be changed: they alone are not written."""
    script = REPOSITORY / "testbed" / "netbox.py"
    subprocess.run([sys.executable, str(script), "reset"], check=True, capture_output=True, env=os.environ)
    cluster = one_guest()
    cluster.set_memory(900, 2 * LARGEST)
    small = [vmid for vmid, guest in cluster.guests.items() if vmid != 900 and not guest.template]
    with ClusterServer(cluster) as proxmox:
        admin = Stage(tmp_path, real_netbox.url, real_netbox.token, proxmox)
        stage = Stage(tmp_path, real_netbox.url, limited_token(admin), proxmox)
        assert failed(stage) == {"virtual-machine:lab/qemu/900"}
        cluster.set_memory(900, 1024)
        stage.settle()
        for vmid in small[:3]:
            cluster.set_memory(vmid, LARGEST - 1)
        cluster.set_memory(small[1], LARGEST)
        refused = f"virtual-machine:lab/{cluster.guests[small[1]].type}/{small[1]}"
        assert failed(stage) == {refused}
        assert [change.address for change in stage.plan().changes] == [refused]


def failed(stage: Stage) -> set[str]:
    """Plan and apply; return what NetBox refused, which must be for the permission, while the rest lands."""
    stage.plan()
    assert stage.run("apply", "plan.json").code == 5
    outcome = read_document(stage.folder / "plan.outcome.json", Outcome)
    refused = [item for item in outcome.results if item.result is Result.FAILED]
    assert all("permission" in item.message for item in refused), refused
    rest = [item for item in outcome.results if item.result not in (Result.DONE, Result.FAILED)]
    assert {item.result for item in rest} <= {Result.BLOCKED}
    return {item.address for item in refused}
