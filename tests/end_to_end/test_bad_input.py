"""Bad input: one clear message with a hint, the right exit code, no traceback, nothing written."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import LOGIN_PAGE, ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from tests.end_to_end.prepared import Prepared, prepared
from tests.end_to_end.stage import Said, Stage


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Plan once."""
    cluster = ClusterDescription.seeded(1, guests=12, nodes=2, name="lab")
    with prepared(tmp_path_factory.mktemp("planned"), cluster) as found:
        yield found


@pytest.fixture
def ready(planned: Prepared, tmp_path: Path) -> Iterator[tuple[Stage, FakeNetBoxThread]]:
    """Give a stage with a state and a plan that was not applied."""
    yield planned.fresh(tmp_path), planned.netbox
    assert not [request for request in planned.netbox.fake.requests if request.method != "GET"]


def refused(said: Said, *words: str, code: int = 1) -> None:
    """Check that a command ended in words a user can act on."""
    assert said.code == code, said
    assert "Traceback" not in said.err
    assert "bug" not in said.err
    assert said.err.startswith("Error: "), said.err
    assert "Hint: " in said.err
    for word in words:
        assert word in said.err, said.err


def files(stage: Stage) -> dict[str, bytes]:
    """Return every file of the folder."""
    return {path.name: path.read_bytes() for path in stage.folder.iterdir() if path.is_file()}


def edited(stage: Stage, **changes: object) -> Path:
    """Return a copy of the plan with some members changed."""
    path = stage.folder / "edited.json"
    path.write_text(json.dumps(json.loads((stage.folder / "plan.json").read_text()) | changes))
    return path


def closed_port() -> int:
    """Return a port without a listener."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ["proxbox.yaml", "does not exist", "proxbox init"]),
        ("netbox: {url: [", ["proxbox.yaml:1:"]),
        ("", ["proxbox.yaml", "empty"]),
        (
            "netbox: {url: https://x, token: {env: T}}\nclusters:\n  - name: lab\n    host: h\n    sitte: DC1\n",
            ["proxbox.yaml:5:5", "sitte", "did you mean 'site'"],
        ),
        ("netbox: {url: https://x, token: secret}\nclusters: []\n", ["proxbox.yaml:1:", "env"]),
    ],
)
def test_a_bad_configuration(ready: tuple[Stage, FakeNetBoxThread], text: str | None, words: list[str]) -> None:
    """The message names file, line and column, and what to write instead."""
    stage, _ = ready
    config = stage.folder / "proxbox.yaml"
    config.unlink() if text is None else config.write_text(text)
    before = files(stage)
    for command in (["collect"], ["plan"], ["apply", "plan.json"], ["validate"]):
        refused(stage.run(*command), *words)
    assert files(stage) == before


def test_a_secret_that_is_not_there(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """The message names the variable, never a value."""
    stage, _ = ready
    del stage.environ["NETBOX_TOKEN"]
    refused(stage.run("plan", "--state", "state.json"), "NETBOX_TOKEN")


def test_a_wrong_netbox_token(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """NetBox's refusal, and where to look."""
    stage, _ = ready
    stage.environ["NETBOX_TOKEN"] = "nbt_wrongwrong12.SECRETSECRETSECRETSECRETSECRETSECRETSECR"
    for command in (["plan", "--state", "state.json"], ["apply", "plan.json"]):
        said = stage.run(*command)
        refused(said, "403", "token", "It comes from the environment variable NETBOX_TOKEN.")
        assert "SECRETSECRET" not in said.err + said.out


def test_a_wrong_proxmox_token(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """Proxmox's refusal, and where to look; the state file stays."""
    stage, _ = ready
    stage.environ["PVE_TOKEN"] = "deadbeef-dead-beef-dead-beefdeadbeef"
    before = files(stage)
    said = stage.run("collect")
    refused(said, "lab", "token", "The secret comes from the environment variable PVE_TOKEN.")
    assert "deadbeef" not in said.err
    assert files(stage) == before


def test_an_unreachable_proxmox(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """Host and port are named; an unreachable source is an error, not an empty cluster."""
    stage, _ = ready
    config = stage.folder / "proxbox.yaml"
    config.write_text(config.read_text().replace(f"port: {stage.proxmox.port}", f"port: {closed_port()}"))
    before = files(stage)
    refused(stage.run("collect"), stage.proxmox.host)
    assert files(stage) == before


def test_an_unknown_host(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """A name that does not resolve is said to be unknown, on both sides."""
    stage, _ = ready
    config = stage.folder / "proxbox.yaml"
    text = config.read_text()
    config.write_text(text.replace(f"host: {stage.proxmox.host}", "host: pve.invalid"))
    refused(stage.run("collect"), "pve.invalid")
    config.write_text(text.replace(stage.netbox_url, "http://netbox.invalid"))
    refused(stage.run("plan", "--state", "state.json"), "netbox.invalid")


def test_an_unreachable_netbox(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """The URL is named; the earlier plan stays."""
    stage, _ = ready
    config = stage.folder / "proxbox.yaml"
    url = f"http://127.0.0.1:{closed_port()}"
    config.write_text(config.read_text().replace(stage.netbox_url, url))
    stage.environ["PROXBOX_NETBOX_MAX_RETRIES"] = "0"
    before = files(stage)
    refused(stage.run("plan", "--state", "state.json"), url)
    assert files(stage) == before


def test_a_certificate_nobody_trusts(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """The hint names the setting for the CA, on both sides."""
    stage, _ = ready
    config = stage.folder / "proxbox.yaml"
    text = config.read_text()
    config.write_text(text.replace(f"    ca_file: {stage.proxmox.ca_file}\n", ""))
    refused(stage.run("collect"), "certificate", "ca_file")
    config.write_text(text.replace(stage.netbox_url, f"https://{stage.proxmox.host}:{stage.proxmox.port}"))
    refused(stage.run("plan", "--state", "state.json"), "certificate", "ca_file")


def test_something_else_than_proxmox(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """A login page instead of JSON is no cluster."""
    stage, _ = ready
    stage.proxmox.faults.add("*", body=LOGIN_PAGE)
    before = files(stage)
    said = stage.run("collect")
    assert said.code == 1
    assert "Traceback" not in said.err
    assert files(stage) == before


def test_something_else_than_netbox(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """A page instead of JSON is no NetBox."""
    stage, netbox = ready
    netbox.fake.faults = lambda _: Fault(status=200, body="<html>hello</html>")
    refused(stage.run("plan", "--state", "state.json"), "JSON")


def test_a_netbox_that_is_too_old(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """The version it is and the version it must be."""
    stage, _ = ready
    with FakeNetBoxThread("4.1.0") as old:
        config = stage.folder / "proxbox.yaml"
        config.write_text(config.read_text().replace(stage.netbox_url, old.url))
        stage.environ["NETBOX_TOKEN"] = old.token
        refused(stage.run("plan", "--state", "state.json"), "4.1.0", "4.2")


def test_plan_files_that_are_none(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """Missing, truncated, of another kind, newer, damaged: each says which."""
    stage, _ = ready
    whole = (stage.folder / "plan.json").read_text()
    (stage.folder / "cut.json").write_text(whole[: len(whole) // 2])
    refused(stage.run("apply", "nothing.json"), "nothing.json", "does not exist")
    refused(stage.run("apply", "cut.json"), "cut.json")
    refused(stage.run("apply", "state.json"), "state.json", "state")
    refused(stage.run("apply", str(edited(stage, format_version="2.0"))), "2.0")
    refused(stage.run("apply", str(edited(stage, complete=False))), "edited.json")
    refused(stage.run("plan", "--state", "plan.json"), "plan.json")


def test_a_plan_of_another_netbox_or_configuration(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """What the plan was computed from must be what it is applied to: exit 4."""
    stage, netbox = ready
    with FakeNetBoxThread() as other:
        config = stage.folder / "proxbox.yaml"
        text = config.read_text()
        config.write_text(text.replace(stage.netbox_url, other.url))
        refused(stage.run("apply", "plan.json"), netbox.url, code=4)
    config.write_text(text.replace("site: DC1", "site: DC2"))
    refused(stage.run("apply", "plan.json"), "configuration", code=4)


def test_usage_errors_exit_with_1(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """2 is for changes; a wrong option is 1."""
    stage, _ = ready
    for arguments in (["plan", "--nonsense"], ["plam"], ["apply"], ["show"]):
        said = stage.run(*arguments)
        assert said.code == 1, said
        assert "Traceback" not in said.err


@pytest.mark.covering
def test_exit_code_2_means_changes(ready: tuple[Stage, FakeNetBoxThread]) -> None:
    """With --detailed-exitcode, as Terraform users expect."""
    stage, _ = ready
    assert stage.run("plan", "--state", "state.json", "--detailed-exitcode").code == 2
    assert stage.run("drift", "--state", "state.json", "--detailed-exitcode").code == 2
    assert stage.run("plan", "--state", "state.json").code == 0
