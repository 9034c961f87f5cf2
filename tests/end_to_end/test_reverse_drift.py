"""`proxbox drift --toward proxmox`: its lines, run by a shell, make Proxmox say what people wrote in NetBox."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest

MACHINES = "virtualization/virtual-machines"
NOTE = "It's $(mine) `now`\n-- \\ ##[error] \u00e9"
TOOL = """#!/bin/sh
if [ "$1" = config ]; then cat config-$2; exit; fi
printf '%s\\0' "$(basename "$0")" "$@" >> said
printf '\\n\\0' >> said
"""


def pair() -> ClusterDescription:
    """Return a small cluster with a machine and a container that we change."""
    cluster = one_guest()
    cluster.change(900, tags=("prod", "web"), onboot=False, note="The shop")
    return cluster


def container_of(cluster: ClusterDescription) -> int:
    """Return the number of a running container."""
    return next(guest.vmid for guest in cluster.guests.values() if guest.type == "lxc" and guest.running)


def rename(stage: Stage, name: str, **fields: Any) -> None:
    """Let a person give the machine another name in NetBox."""
    (machine,) = stage.netbox(MACHINES, name="app")
    stage.ask("PATCH", f"{MACHINES}/{machine['id']}/", {"name": name, **fields})


def told(stage: Stage, cluster: ClusterDescription, script: str) -> list[list[str]]:
    """Run the lines with tools that only write down what they are told, and return that."""
    tools = stage.folder / "bin"
    tools.mkdir(exist_ok=True)
    for name in ("qm", "pct"):
        (tools / name).write_text(TOOL)
        (tools / name).chmod(0o755)
    (tools / "config-900").write_text(f"name: app\nnet0: virtio={mac(cluster)},bridge=vmbr0,firewall=1,tag=10\n")
    (tools / "script").write_text(script)
    (tools / "said").unlink(missing_ok=True)
    path = f"{tools}:/usr/bin:/bin"
    subprocess.run(["bash", "--norc", "script"], cwd=tools, check=True, env={"PATH": path, "LC_ALL": "C.UTF-8"})
    lines = (tools / "said").read_text().split("\n\0")
    return [line.split("\0")[:-1] for line in lines if line]


def mac(cluster: ClusterDescription) -> str:
    """Return the MAC address of the machine."""
    return cluster.guests[900].nics["net0"].mac


def follow(cluster: ClusterDescription, words: list[str]) -> None:
    """Do what a tool was told, as Proxmox would."""
    _, verb, vmid, *options = words
    assert verb == "set"
    for option in options:
        name, _, value = option.removeprefix("--").partition("=")
        match name:
            case "name" | "hostname":
                cluster.rename(int(vmid), value)
            case "cores":
                cluster.set_cores(int(vmid), int(value))
            case "memory":
                cluster.set_memory(int(vmid), int(value))
            case "onboot":
                cluster.change(int(vmid), onboot=value == "1")
            case "description":
                cluster.set_note(int(vmid), value)
            case "tags":
                cluster.set_tags(int(vmid), *value.split(";"))
            case "net0":
                assert value == f"virtio={mac(cluster)},bridge=vmbr0,firewall=1,tag=20"
                cluster.set_vlan(int(vmid), "net0", 20)
            case _:
                assert option in ("--sockets=1", "--delete=vcpus")


@on_each_version
@pytest.mark.slow
def test_proxmox_follows(set_up: SetUp) -> None:
    """All that people changed in NetBox is in the lines; once they are run there is no drift, and no plan."""
    cluster = pair()
    stage = set_up(cluster)
    stage.settle()
    number = container_of(cluster)
    container = cluster.guests[number].name
    (vlan,) = (row for row in stage.netbox("ipam/vlans") if row["vid"] == 20)
    (nic,) = (row for row in stage.netbox("virtualization/interfaces") if row["virtual_machine"]["name"] == "app")
    stage.ask("PATCH", f"virtualization/interfaces/{nic['id']}/", {"untagged_vlan": vlan["id"]})
    boot: dict[str, Any] = {"start_on_boot": "on"} if "start_on_boot" in stage.netbox(MACHINES, name="app")[0] else {}
    tags = [{"slug": "proxbox"}, {"slug": "prod"}]
    stage.edit(MACHINES, "app", vcpus=6, memory=4096, comments=NOTE, tags=tags, **boot)
    rename(stage, "shop", description="It's $(mine) now")
    stage.edit(MACHINES, container, memory=777)
    script = stage.good("drift", "--toward", "proxmox")
    assert all(line.startswith(("#", "qm set 900 ", f"pct set {number} ")) for line in script.splitlines())
    said = told(stage, cluster, script)
    assert {(words[0], words[2]) for words in said} == {("qm", "900"), ("pct", str(number))}
    found = json.loads(stage.good("drift", "--toward", "proxmox", "--format", "json"))
    assert [command for guest in found["guests"] for command in guest["commands"]] == [
        line for line in script.splitlines() if not line.startswith("#")
    ]
    author = found["guests"][1]["options"][0]["author"]  # of those who apply, NetBox before 4.4 does not say it
    assert author is None or author["user"] == "admin"
    assert stage.run("drift", "--toward", "proxmox", "--detailed-exitcode").code == 2
    for words in said:
        follow(cluster, words)
    assert stage.good("drift", "--toward", "proxmox") == "# Nothing to set in Proxmox.\n"
    assert stage.run("drift", "--toward", "proxmox", "--detailed-exitcode").code == 0
    assert stage.plan().changes == ()


@pytest.mark.covering
def test_a_vlan_that_netbox_must_be_asked_for(set_up: SetUp) -> None:
    """One that no guest of ours is in; a name that Proxmox does not take is said, and so is where neither goes."""
    stage = set_up(pair())
    stage.settle()
    vlan = stage.ask("POST", "ipam/vlans/", {"vid": 77, "name": "Theirs"})
    (nic,) = (row for row in stage.netbox("virtualization/interfaces") if row["virtual_machine"]["name"] == "app")
    stage.ask("PATCH", f"virtualization/interfaces/{nic['id']}/", {"untagged_vlan": vlan["id"]})
    rename(stage, "My shop", status="staged")
    said = stage.good("drift", "--toward", "proxmox")
    assert ',tag=77"\n' in said
    assert "# Not said: virtual-machine:lab/qemu/900 name: NetBox has My shop, Proxmox app: Proxmox takes only" in said
    assert "\n# 1 difference of fields that Proxmox does not have.\n" in said


@pytest.mark.covering
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "drift.json"), "is no document and has no reports"),
        (("--report", "markdown=drift.md"), "is no document and has no reports"),
        (("--format", "html"), "has no report in the format html"),
    ],
)
def test_what_it_is_not(set_up: SetUp, options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """It is shown as text or as JSON, and written nowhere."""
    stage = set_up(pair())
    stage.settle()
    wrong = stage.run("drift", "--toward", "proxmox", *options)
    assert wrong.code == 1
    assert said in wrong.err
    assert not {"drift.json", "drift.md"} & {file.name for file in tmp_path.iterdir()}
