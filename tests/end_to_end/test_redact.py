"""`collect --redact`: a state to show around, without notes and addresses, that cannot be planned by mistake."""

from __future__ import annotations

import re

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.documents import read_document
from proxbox_plan.model.state import State
from proxbox_plan.model.state.redacted import hide_addresses
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage

ALL = "scope: {snapshots: true, backups: true, tasks: {days: 30}, firewall: true, sdn: true, cpu_models: true}"
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|([0-9A-F]{2}:){5}|2001:db8|fe80:", re.IGNORECASE)


@pytest.fixture
def stage(fake: tuple[SetUp, FakeNetBoxThread]) -> Stage:
    """Give a cluster with every feature."""
    made = fake[0](ClusterDescription.seeded(5, guests=12, nodes=2, name="lab", features="all"))
    made.configure(rest=f"mapping: {{create_sites: true}}\n{ALL}")
    return made


@pytest.mark.covering
def test_no_note_and_no_address_is_left(stage: Stage) -> None:
    """Wherever Proxmox keeps one; names, numbers and sizes stay, so that the rest can be talked about."""
    open_state = stage.collect()
    assert ADDRESS.search(open_state.to_json())
    notes = {guest.description for guest in open_state.clusters[0].guests if guest.description}
    stage.good("collect", "--redact")
    text = (stage.folder / "state.json").read_text()
    assert not ADDRESS.search(text)
    assert not [note for note in notes if note in text]
    hidden = read_document(stage.folder / "state.json", State)
    assert [(guest.vmid, guest.name, guest.disks) for guest in hidden.clusters[0].guests] == [
        (guest.vmid, guest.name, guest.disks) for guest in open_state.clusters[0].guests
    ]
    assert "Complete." in stage.good("show", "state.json")


def test_it_can_t_be_planned_from(stage: Stage) -> None:
    """What is hidden is not gone: alone, or with others."""
    stage.good("collect", "--redact", "--out", "hidden.json")
    said = stage.run("plan", "--state", "hidden.json")
    assert (said.code, "The state is redacted" in said.err) == (3, True), said
    assert not (stage.folder / "plan.json").exists()


UPID = "UPID:pve1:0000C1F3:00A1B2C3:65A1B2C3:qmstart:100:root@pam:"
VOLUME = "local:backup/vzdump-qemu-100-2026_01_01-00_00_00.vma.zst"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", "***"),
        ("10.0.0.0/8,+lab", "***,+lab"),
        ("ip=2001:db8::1/64,gw=fe80::1", "ip=***,gw=***"),
        ("BC:24:11:00:00:01", "***"),
        ("9.2.11", "9.2.11"),
        ("scsi0:iothread=1", "scsi0:iothread=1"),
        ("::", "***"),
        (UPID, UPID),
        (VOLUME, VOLUME),
    ],
)
def test_what_is_an_address(text: str, expected: str) -> None:
    """And what only looks a little like one."""
    assert hide_addresses(text) == expected
