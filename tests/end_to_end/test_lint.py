"""`proxbox lint` against a Proxmox and a NetBox: VLANs are compared with prefixes that people made, read-only."""

from __future__ import annotations

from proxbox_plan.documents import read_document
from proxbox_plan.model.lint.lint import Lint
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.recordings import CLUSTER_9, recording

RULE = "nic-vlan-mismatch"


def _lint(stage: Stage, *options: str) -> Lint:
    stage.good("lint", "--out", "lint.json", *options)
    return read_document(stage.folder / "lint.json", Lint)


def test_prefixes_are_read_from_netbox(set_up: SetUp) -> None:
    """The prefix of the guests' addresses, whoever made it, and its VLAN; nothing is written."""
    stage = set_up(recording(CLUSTER_9))
    vlan = stage.ask("POST", "ipam/vlans/", {"name": "Servers", "vid": 11})
    stage.ask("POST", "ipam/prefixes/", {"prefix": "10.0.1.0/24", "vlan": vlan["id"]})
    found = _lint(stage, "--netbox")
    mismatched = [one for one in found.findings if one.rule == RULE]
    assert [one.name for one in mismatched] == ["db.lab.example", "vm-107", "vm-109"]
    assert mismatched[0].message == "net0 is in VLAN 10, and NetBox says that 10.0.1.0/24 is VLAN 11"
    assert found.netbox_url == stage.netbox_url
    assert [one.reason for one in found.unjudged if one.part == "prefixes of NetBox"] == []


def test_without_netbox_nothing_is_said_of_prefixes(set_up: SetUp) -> None:
    """And the report says how to ask."""
    found = _lint(set_up(recording(CLUSTER_9)))
    assert [one.rule for one in found.findings if one.rule == RULE] == []
    assert [one.part for one in found.unjudged if RULE in one.rules and one.cluster is None] == ["prefixes of NetBox"]
