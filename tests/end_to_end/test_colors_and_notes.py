"""Colors of tags, and notes of nodes and of the datacenter, on whole commands."""

from __future__ import annotations

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from tests.end_to_end.conftest import SetUp, on_each_version

ON = "mapping: {create_sites: true}\nscope: {plugin: false, notes: true, tag_colors: true}"


@on_each_version
@pytest.mark.slow
def test_colors_and_notes(set_up: SetUp) -> None:
    """They are where people look; what is edited on either side ends where it should, and nothing is left to do."""
    cluster = ClusterDescription.seeded(3, guests=2, nodes=1, name="lab")
    cluster.note, cluster.tag_colors = "Ask **Anna**.\n", "prod:FF0000:ffffff;web:00aa00"
    for vmid, tags in zip(cluster.guests, (("prod",), ("web", "plain")), strict=True):
        cluster.set_tags(vmid, *tags)
    stage = set_up(cluster)
    stage.configure(rest=ON)
    stage.ask("POST", "extras/tags/", {"name": "web", "slug": "web", "color": "0000ff"})
    stage.settle()
    colors = {row["name"]: row["color"] for row in stage.netbox("extras/tags")}
    assert (colors["prod"], colors["web"], colors["plain"]) == ("ff0000", "0000ff", "9e9e9e")
    (device,) = stage.netbox("dcim/devices")
    (found,) = stage.netbox("virtualization/clusters")
    assert (device["comments"], found["comments"]) == (f"{device['name']} notes", "Ask **Anna**.")
    stage.edit("virtualization/clusters", found["name"], comments="Ask Bert.")
    stage.settle()
    assert stage.netbox("virtualization/clusters")[0]["comments"] == "Ask Bert."
