"""`api.lint`: from a document or from files, with a configuration or without."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan import api
from proxbox_plan.core.errors import UsageError
from tests.lint.lab import cluster, guest, state

STATE = state(cluster(guest(agent=False)))


def test_a_document_or_its_file(tmp_path: Path) -> None:
    """Without settings the rules have their defaults."""
    path = tmp_path / "state.json"
    api.write(STATE, path)
    found = api.lint(None, state=STATE)
    assert [one.rule for one in found.findings] == ["guest-agent-off"]
    assert found == api.lint(None, state=path) == api.lint(None, state=str(path)) == api.lint(None, state=[path])


def test_what_the_command_line_shows_too(tmp_path: Path) -> None:
    """The settings of a configuration, which may also name what is collected."""
    with api.demo(tmp_path / "demo", guests=6) as servers:
        settings = api.load(servers.config)
        assert api.lint(settings, state=STATE).findings == api.lint(None, state=STATE).findings
        found = api.lint(settings, netbox=True)
        assert (found.clusters, found.netbox_url) == (settings.clusters, settings.netbox_url)


@pytest.mark.parametrize("netbox", [False, True])
def test_nothing_to_lint(netbox: bool) -> None:  # noqa: FBT001
    """Without settings there is nothing to collect, and no NetBox."""
    with pytest.raises(UsageError, match="configuration"):
        api.lint(None, netbox=netbox)
