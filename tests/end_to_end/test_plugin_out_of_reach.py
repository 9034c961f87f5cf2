"""What the plugin has and we may not or need not read: what is out of scope, and what an older version lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.plan import KINDS
from tests.collect.netbox.test_plugin_schema import described
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest

PLUGIN = "netbox_proxbox"
GUESTS = KINDS["proxbox-vm-state"]


@pytest.mark.slow
def test_a_plugin_that_is_out_of_scope_is_not_asked(tmp_path: Path) -> None:
    """The token needs no rights on it; nor is it looked up what its version lacks."""
    allowed = {
        model.label: {"view", "add", "change", "delete"}
        for model in MODELS.values()
        if not model.label.startswith(PLUGIN)
    }
    with (
        FakeNetBoxThread(plugins={PLUGIN: "0.0.22"}, permissions=allowed) as netbox,
        ClusterServer(one_guest()) as proxmox,
    ):
        stage = Stage(tmp_path, netbox.url, netbox.token, proxmox)
        stage.settle()
        paths = {record.path for record in netbox.fake.requests}
        assert not [path for path in paths if path == "/api/schema/" or path.startswith("/api/plugins/")]


def test_a_kind_that_an_older_plugin_lacks_is_not_asked_for(tmp_path: Path) -> None:
    """The plan names it as unsupported."""
    schema: dict[str, Any] = {"paths": {}}
    for kind in KINDS.values():
        if kind.plugin == PLUGIN and kind is not GUESTS:
            one = described(kind)["components"]["schemas"]["One"]
            content = {"requestBody": {"content": {"application/json": {"schema": one}}}}
            schema["paths"][kind.path] = {"post": content}

    def older(record: RequestRecord) -> Fault | None:
        if record.path == "/api/schema/":
            return Fault(status=200, body=schema)
        return Fault(status=404, body={"detail": "Not found."}) if record.path == GUESTS.path else None

    with FakeNetBoxThread(plugins={PLUGIN: "0.0.22"}, faults=older) as netbox, ClusterServer(one_guest()) as proxmox:
        stage = Stage(tmp_path, netbox.url, netbox.token, proxmox)
        stage.configure(rest="mapping: {create_sites: true}\nscope: {plugin: true}")
        plan = stage.plan()
        assert GUESTS.name in plan.unsupported[0].kinds
        assert GUESTS.path not in {record.path for record in netbox.fake.requests}
