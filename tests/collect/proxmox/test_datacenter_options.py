"""The options of a datacenter, the configuration of its nodes, and its IPAMs, on recordings of real clusters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proxbox_plan.collect.proxmox.run import collect_cluster
from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import NOT_READ, Cluster, Incomplete
from proxbox_plan.model.state.sdn import SdnIpam
from tests.ignorance.answers import ok, recorded, refused
from tests.ignorance.estate import collect
from tests.recordings import CLUSTER_9, recording

BOTH = Areas(notes=True, tag_colors=True)
NORD, OLD = "nord-9.2-cluster-auditor", "pve-8.4-cluster-auditor"
OPTIONS = "/cluster/options"


def read(name: str, areas: Areas = BOTH) -> tuple[Cluster, list[str]]:
    """Return what is read of a recording, and the paths that were asked for."""
    with ClusterServer(recording(name)) as server:
        found = collect_cluster(server.connection("lab"), areas=areas)
        return found, [request.path for request in server.requests]


def test_colors_and_notes() -> None:
    """As Proxmox has them."""
    found, _ = read(NORD)
    assert [(item.name, item.color) for item in found.tag_colors] == [
        ("Prod", "aa0000"),
        ("db", "00aa00"),
        ("web", "ff8800"),
    ]
    assert {node.name: node.description for node in found.nodes} == {
        "SYLT3": "",
        "fehmarn": "",
        "kiel": "Haupt-Knoten ü",
        "pve-husum-02": "Zeile 1\nZeile zwei ü",
    }
    assert {node.coverage.notes.reason for node in found.nodes if not node.online} == {Incomplete.NODE_OFFLINE}
    assert found.coverage.notes.complete


@pytest.mark.covering
@pytest.mark.parametrize(
    ("name", "more"), [(NORD, [OPTIONS]), (OLD, ["/nodes/pve1/config", "/nodes/pve2/config", OPTIONS])]
)
def test_what_they_cost(name: str, more: list[str]) -> None:
    """One call for the cluster, and before 9.2 one for each node that is online; nothing while they are off."""
    plain, without = read(name, Areas())
    _, paths = read(name)
    assert sorted(paths) == sorted([*without, *more])
    assert (plain.coverage.notes, plain.coverage.tag_colors, plain.tag_colors) == (NOT_READ, NOT_READ, ())
    assert {node.description for node in plain.nodes} == {""}
    assert {node.coverage.notes for node in plain.nodes} == {NOT_READ}


@pytest.mark.covering
def test_each_of_them() -> None:
    """What is not asked for is not kept."""
    notes, _ = read(NORD, Areas(notes=True))
    colors, _ = read(NORD, Areas(tag_colors=True))
    assert (notes.tag_colors, notes.coverage.tag_colors) == ((), NOT_READ)
    assert (colors.coverage.notes, len(colors.tag_colors)) == (NOT_READ, 3)


def test_without_rights() -> None:
    """Proxmox shows its colors to everyone, and omits its note: that is not an empty one."""
    with ClusterServer(recording("nord-9.2-cluster-one-pool")) as server:
        found = collect_cluster(server.connection("lab"), areas=BOTH)
    assert found.coverage.tag_colors.complete
    assert found.coverage.notes.reason is Incomplete.FORBIDDEN
    assert {node.coverage.notes.complete for node in found.nodes} == {False}


@pytest.mark.parametrize(
    ("reply", "notes", "colors"),
    [
        (refused(403, "no"), Incomplete.FORBIDDEN, Incomplete.FORBIDDEN),
        (ok([]), Incomplete.BAD_ANSWER, Incomplete.BAD_ANSWER),
        (ok({"tag-style": {"color-map": "prod:red"}}), None, Incomplete.BAD_ANSWER),
        (ok({"tag-style": {"color-map": ":ff0000"}}), None, Incomplete.BAD_ANSWER),
        (ok({"tag-style": "case-sensitive=1,color-map=prod:FF0000:000000;"}), None, None),
        (ok({}), None, None),
    ],
)
def test_odd_answers(reply: Any, notes: Incomplete | None, colors: Incomplete | None) -> None:
    """What is not understood is incomplete for itself."""
    state, _ = collect(recorded(CLUSTER_9) | {OPTIONS: reply})
    coverage = state.clusters[0].coverage
    assert (coverage.notes.reason, coverage.tag_colors.reason) == (notes, colors)
    assert {item.color for item in state.clusters[0].tag_colors} <= {"ff0000"}


def test_an_ipam() -> None:
    """Its name and its URL are read; its token, which Proxmox returns in clear, is nowhere."""
    answers = recorded(NORD)
    zones = json.loads(answers["/cluster/sdn/zones"].content)["data"]
    state, _ = collect(answers | {"/cluster/sdn/zones": ok([{**zone, "ipam": "nb"} for zone in zones])})
    sdn = state.clusters[0].sdn
    assert sdn is not None
    assert sdn.ipams == (
        SdnIpam(name="nb", type="netbox", url="http://netbox.example/api"),
        SdnIpam(name="pve", type="pve"),
    )
    assert "geheimesToken123" in str(answers["/cluster/sdn/ipams"])
    assert "geheimesToken123" not in state.model_dump_json()
    assert sdn.ipams_coverage.complete
    plain, paths = read(OLD, Areas(sdn=True))
    assert plain.sdn is not None
    assert (plain.sdn.ipams, plain.sdn.ipams_coverage.complete) == ((), True)
    assert "/cluster/sdn/ipams" not in paths


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://user:secret@netbox.example:8000/api?token=secret#secret", "https://netbox.example:8000/api"),
        ("netbox.example/secret", ""),
        ("https://[secret/", None),
    ],
)
def test_a_url_with_more_in_it(url: str, read: str | None) -> None:
    """Keeps no credentials; one that is none is incomplete."""
    zones = [{"zone": "dz", "type": "simple", "ipam": "nb", "dhcp": "dnsmasq"}]
    answers = {
        "/cluster/sdn/zones": ok(zones),
        "/cluster/sdn/vnets": ok([]),
        "/cluster/sdn/ipams": ok([{"ipam": "nb", "type": "netbox", "url": url, "token": "secret"}]),
    }
    state, _ = collect(recorded(CLUSTER_9) | answers)
    sdn = state.clusters[0].sdn
    assert sdn is not None
    assert [ipam.url for ipam in sdn.ipams] == ([] if read is None else [read])
    assert sdn.ipams_coverage.complete is (read is not None)
    assert sdn.zones[0].dhcp == "dnsmasq"
    assert "secret" not in state.model_dump_json()
