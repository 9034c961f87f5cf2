"""`proxbox doctor`, as a user runs it, and the permissions it prints, given to a user of a real NetBox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.contract.client import NetBox
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import REPOSITORY, Stage
from tests.end_to_end.test_everyday_changes import one_guest

PLUGGED = "mapping: {create_sites: true}\nscope: {plugin: true}"
Fake = tuple[SetUp, FakeNetBoxThread]


def small() -> ClusterDescription:
    """Return a cluster that is quickly read."""
    return ClusterDescription.seeded(1, guests=3, nodes=1, name="lab")


def statuses(stage: Stage) -> dict[tuple[str, str], str]:
    """Return how each check ended."""
    findings = json.loads(stage.run("doctor", "--json").out)["findings"]
    return {(finding["where"], finding["check"]): finding["status"] for finding in findings}


def failed(stage: Stage) -> list[tuple[str, str]]:
    """Return the checks that failed."""
    return [name for name, status in statuses(stage).items() if status == "failed"]


@pytest.mark.covering
@on_each_version
def test_all_is_well(set_up: SetUp) -> None:
    """Before the first apply and after it: exit code 0, every line with its status, and the least role."""
    stage = set_up(small())
    said = stage.run("doctor")
    assert said.code == 0, said
    assert "    ok       The token may view guests with their configuration\n" in said.out
    assert "    pveum role add ProxboxPlan --privs " in said.out
    assert said.out.endswith(", 0 failed.\n")
    stage.settle()
    assert failed(stage) == []
    assert statuses(stage)["netbox", "custom field proxbox_key"] == "ok"


def test_one_side_that_is_down_does_not_hide_the_other(fake: Fake) -> None:
    """Each failure has its remedy, and everything else is checked all the same."""
    stage = fake[0](small())
    good = statuses(stage)
    stage.environ["NETBOX_TOKEN"] = "x" * 40
    assert failed(stage) == [("netbox", "access")]
    stage.configure(
        cluster="  - {name: far, host: 127.0.0.1, port: 1, site: DC1, user: a@pam, password: {env: PVE_TOKEN}}"
    )
    assert failed(stage) == [("proxmox far", "access"), ("netbox", "access")]
    assert statuses(stage)["proxmox lab", "clock"] == good["proxmox lab", "clock"] == "ok"
    del stage.environ["NETBOX_TOKEN"], stage.environ["PVE_TOKEN"]
    said = stage.run("doctor")
    assert said.code == 1
    assert said.out.count("    failed ") == 3
    assert "3 failed.\n" in said.out


def test_a_configuration_that_is_missing(fake: Fake) -> None:
    """It is a finding, too: there is nothing else to check."""
    stage = fake[0](small())
    (stage.folder / "proxbox.yaml").unlink()
    said = stage.run("doctor")
    assert (said.code, said.err) == (1, "")
    assert "failed   proxbox.yaml: the file does not exist\n" in said.out
    assert "proxbox init" in said.out
    assert stage.run("doctor", "--permissions").code == 1


def test_without_a_netbox(fake: Fake) -> None:
    """Good for collecting only: a warning."""
    stage = fake[0](small())
    text = (stage.folder / "proxbox.yaml").read_text()
    (stage.folder / "proxbox.yaml").write_text(text[text.index("clusters:") :])
    assert stage.run("doctor").code == 0
    assert statuses(stage)["netbox", "access"] == "warning"


@pytest.mark.covering
def test_it_says_no_secret_and_only_reads(fake: Fake) -> None:
    """Neither in text nor in JSON nor when it fails."""
    stage, netbox = fake[0](small()), fake[1].fake
    said = [stage.run("doctor", *more) for more in ((), ("--json",), ("--debug",), ("--permissions",))]
    stage.environ["NETBOX_TOKEN"] = wrong = "w" * 40
    said.append(stage.run("doctor", "--debug"))
    for secret in (stage.netbox_token, stage.netbox_token.rpartition(".")[2], stage.proxmox.token_secret, wrong):
        assert not any(secret in part.out + part.err for part in said)
    assert {record.method for record in netbox.requests} == {"GET", "OPTIONS"}
    assert {request.method for request in stage.proxmox.requests} == {"GET"}


def test_permissions_contact_nothing(fake: Fake) -> None:
    """They are worked out of the configuration alone, before there is any token."""
    stage, netbox = fake[0](small()), fake[1].fake
    del stage.environ["NETBOX_TOKEN"], stage.environ["PVE_TOKEN"]
    bodies = json.loads(stage.good("doctor", "--permissions"))
    assert netbox.requests == []
    assert [body["name"] for body in bodies] == [
        "proxbox-plan: view",
        "proxbox-plan: view, add",
        "proxbox-plan: view, add, change",
        "proxbox-plan: view, add, change, delete",
        "proxbox-plan: NetBox 4.6: view, add",
        "proxbox-plan: NetBox 4.7: view",
        "proxbox-plan: netbox_proxbox: view",
    ]


class Administrator:
    """Who gives a user what `proxbox doctor --permissions` prints."""

    def __init__(self, stage: Stage) -> None:
        """Make a user with a token and with these permissions, by object type."""
        self._stage = stage
        self.user = stage.ask("POST", "users/users/", {"username": "sync", "password": "Correct-horse-9"})["id"]
        row = stage.ask("POST", "users/tokens/", {"user": self.user, "version": 2})
        self.token = f"nbt_{row['key']}.{row['token']}"
        bodies = json.loads(stage.good("doctor", "--permissions"))
        self._rows = [stage.ask("POST", "users/permissions/", body | {"users": [self.user]}) for body in bodies]

    def take(self, object_type: str, action: str) -> dict[str, Any]:
        """Take one action on one object type away; return what to give back."""
        row = next(row for row in self._rows if object_type in row["object_types"])
        rest = [name for name in row["object_types"] if name != object_type]
        self._stage.ask("PATCH", f"users/permissions/{row['id']}/", {"object_types": rest})
        less: dict[str, Any] = {
            "name": "less",
            "object_types": [object_type],
            "users": [self.user],
            "actions": [name for name in row["actions"] if name != action],
        }
        made = self._stage.ask("POST", "users/permissions/", less) if less["actions"] else None
        return {"row": row, "made": made}

    def give_back(self, taken: dict[str, Any]) -> None:
        """Put it back as it was."""
        if taken["made"]:
            self._stage.ask("DELETE", f"users/permissions/{taken['made']['id']}/")
        row = taken["row"]
        self._stage.ask("PATCH", f"users/permissions/{row['id']}/", {"object_types": row["object_types"]})


@pytest.mark.netbox
def test_exactly_the_permissions_that_are_printed(tmp_path: Path, real_netbox: NetBox) -> None:
    """A user with them, and nothing else, plans, applies, settles, finds drift and undoes; less is noticed."""
    script = REPOSITORY / "testbed" / "netbox.py"
    subprocess.run([sys.executable, str(script), "reset"], check=True, capture_output=True, env=os.environ)
    cluster = one_guest()
    with ClusterServer(cluster) as proxmox:
        admin = Stage(tmp_path, real_netbox.url, real_netbox.token, proxmox)
        admin.configure(rest=PLUGGED)
        office = Administrator(admin)
        stage = Stage(tmp_path, real_netbox.url, office.token, proxmox)
        stage.configure(rest=PLUGGED)
        assert failed(stage) == []
        stage.settle()
        admin.edit("virtualization/virtual-machines", "app", memory=1)
        assert "memory: NetBox has 1 MiB, Proxmox 2 GiB (admin, " in stage.good("drift")
        stage.settle()
        cluster.delete_guest(900)
        stage.settle()
        stage.good("undo", "plan.outcome.json", "--out", "undo.json")
        stage.good("apply", "undo.json")
        for object_type, action in (
            ("dcim.device", "add"),
            ("dcim.device", "view"),
            ("virtualization.vminterface", "change"),
            ("virtualization.virtualdisk", "delete"),
            ("extras.tag", "delete"),
            ("netbox_proxbox.proxmoxnode", "add"),
        ):
            taken = office.take(object_type, action)
            assert failed(stage) == [("netbox", f"permission {object_type}")], (object_type, action)
            assert f"The token may not {action} {object_type}" in stage.run("doctor").out
            office.give_back(taken)
        assert failed(stage) == []
