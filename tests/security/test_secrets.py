"""No secret leaves: not on a screen, not in a file, not in NetBox; whatever command, whatever goes wrong."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from proxbox_plan.demo.cluster import LOGIN_PAGE
from proxbox_plan.demo.netbox import Fault
from proxbox_plan.demo.netbox.server import RequestRecord
from tests.cases import Cases
from tests.collect.proxmox.impatience import FOR_EVER
from tests.security.conftest import Plant
from tests.security.planted import ALL, NETBOX_V1, NETBOX_V2, PASSWORD, PROXMOX_SECRET, Planted

ECHO = "you sent SECRET"
COMMANDS = (["collect"], ["plan", "--save-inventory", "inventory.json"])
PAGE = f"<html>{LOGIN_PAGE}<pre>{ECHO}</pre></html>"


TOKENS = pytest.mark.parametrize(
    "token", [pytest.param(NETBOX_V1, id="v1", marks=pytest.mark.slow), pytest.param(NETBOX_V2, id="v2")]
)


def story(planted: Planted) -> list[str]:
    """Run every command there is, well; return what each said."""
    said = []
    for arguments in (
        ["init", "new"],
        ["doctor"],
        ["doctor", "--json"],
        ["doctor", "--permissions"],
        ["validate"],
        ["validate", "--json"],
        ["collect"],
        ["collect", "--format", "json"],
        ["collect", "--out", "-"],
        ["plan", "--state", "state.json", "--save-inventory", "inventory.json"],
        ["show", "plan.json", "--verbose"],
        ["show", "plan.json", "--markdown"],
        ["show", "state.json", "--json"],
        ["show", "inventory.json", "--json"],
        ["drift"],
        ["drift", "--json"],
        ["apply", "plan.json", "--verbose"],
        ["show", "plan.outcome.json", "--json"],
        ["diff", "state.json", "state.json"],
        ["plan"],
        ["rules", "suggest", "--tests", "tests.yaml"],
        ["schema", "config"],
        ["apply", "--yes"],
    ):
        found = planted.run(*arguments)
        assert found.code == 0, (arguments, found)
        said.append(found.out)
    planted.run("unlock", "nothing")
    return said


@pytest.mark.slow
@TOKENS
def test_a_whole_story(plant: Plant, token: str) -> None:
    """Every command with `--debug`: nothing printed, written or sent to NetBox holds a secret."""
    planted = plant(token)
    story(planted)
    assert len(planted.netbox.rows("virtualization.virtualmachine")) > 3
    for label, table in planted.netbox.store.tables.items():
        planted.search_text(label, repr(dict(table.rows)))
    for request in planted.netbox.requests:
        planted.search_text(request.path, f"{request.path} {request.query} {json.dumps(request.body)}")


def closed_port() -> int:
    """Return a port without a listener."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


PROXMOX_ANSWERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("*", {"status": 401, "reason": ECHO}),
    ("*", {"status": 500, "reason": ECHO}),
    ("*", {"status": 500, "reason": "x", "body": json.dumps({"data": None, "message": ECHO})}),
    ("*", {"body": PAGE}),
    ("*", {"status": 403, "reason": "no", "body": PAGE}),
    ("*", {"location": f"https://evil.example/?{ECHO}"}),
    ("*", {"drop": True}),
    ("*", {"truncate": True}),
    ("/version", {"data": {"version": ECHO}}),
    ("/nodes*", {"status": 500, "reason": ECHO}),
    ("/cluster/resources", {"data": [{"type": "qemu", "vmid": 100, "node": ECHO, "name": ECHO, "status": ECHO}]}),
    ("/nodes/*/config", {"data": {"description": ECHO, "net0": ECHO, "scsi0": ECHO, "memory": ECHO}}),
    ("/access/permissions", {"status": 500, "reason": ECHO}),
    ("/nodes/*", {"location": f"https://evil.example/?{ECHO}"}),
)


@pytest.mark.slow
@pytest.mark.parametrize("login", ["token", pytest.param("password", marks=pytest.mark.slow)])
def test_whatever_proxmox_sends_back(plant: Plant, login: str) -> None:
    """A secret that Proxmox, or what poses as it, repeats in any place of an answer is not passed on."""
    planted = plant()
    sent = f"PVEAPIToken=proxbox@pve!demo={PROXMOX_SECRET}"
    if login == "password":
        use_password(planted)
        sent = PASSWORD
    with Cases() as case:
        for pattern, fault in PROXMOX_ANSWERS:
            with case(pattern, fault):
                planted.stage.proxmox.faults.clear()
                planted.stage.proxmox.faults.add(pattern, **_filled(fault, sent))
                for arguments in COMMANDS:
                    planted.run(*arguments)


def _filled(value: Any, sent: str) -> Any:
    """Put what was sent in the place of SECRET."""
    match value:
        case str():
            return value.replace("SECRET", sent)
        case list():
            return [_filled(item, sent) for item in value]
        case dict():
            return {key: _filled(item, sent) for key, item in value.items()}
        case _:
            return value


def use_password(planted: Planted) -> None:
    """Let the stage log in with user and password."""
    planted.stage.proxmox.password = PASSWORD
    planted.stage.environ["PVE_PASSWORD"] = PASSWORD
    config = planted.stage.folder / "proxbox.yaml"
    lines = [
        "    user: proxbox@pve\n    password: {env: PVE_PASSWORD}" if "secret:" in line else line
        for line in config.read_text().splitlines()
    ]
    config.write_text("\n".join(lines))


Hook = Callable[[RequestRecord], Fault | None]


def _echoing(status: int, body: Callable[[str], Any], *, headers: bool = False) -> Hook:
    def fault(record: RequestRecord) -> Fault:
        header = record.headers["Authorization"]
        extra = {"Location": f"https://evil.example/?{header}", "Server": header} if headers else {}
        return Fault(status=status, body=body(header), headers=extra)

    return fault


NETBOX_ANSWERS: tuple[Hook, ...] = (
    _echoing(403, lambda header: {"detail": f"you sent {header}"}),
    _echoing(400, lambda header: {"name": [f"you sent {header}"], "deep": {"er": [header]}}),
    _echoing(500, lambda header: f"<html>{header}</html>"),
    _echoing(200, lambda header: f"<html>{header}</html>"),
    _echoing(200, lambda header: {"netbox-version": header}),
    _echoing(200, lambda header: {"netbox-version": f"4.7.3 {header}", "results": [], "next": None}),
    _echoing(302, lambda header: header, headers=True),
    _echoing(503, lambda header: {"detail": header}, headers=True),
    lambda _: Fault(drop="before"),
    lambda _: Fault(drop="truncate"),
)


@pytest.mark.covering
@TOKENS
def test_whatever_netbox_sends_back(plant: Plant, token: str) -> None:
    """A token that NetBox, or what stands before it, repeats is not passed on."""
    planted = plant(token)
    planted.stage.environ["PROXBOX_NETBOX_MAX_RETRIES"] = "0"
    assert planted.run("plan").code == 0
    with Cases() as case:
        for number, fault in enumerate(NETBOX_ANSWERS):
            with case(number):
                planted.netbox.faults = fault
                for arguments in (
                    ["plan", "--state", "state.json", "--out", "other.json"],
                    ["drift", "--state", "state.json"],
                    ["apply", "plan.json"],
                    ["unlock", "x"],
                ):
                    planted.run(*arguments)


@pytest.mark.parametrize("status", [400, *(pytest.param(status, marks=pytest.mark.slow) for status in (403, 500, 503))])
def test_a_write_that_is_refused_with_our_token(plant: Plant, status: int) -> None:
    """NetBox's own words go into journal and outcome: without the token that they repeat."""
    planted = plant()
    planted.stage.environ["PROXBOX_NETBOX_MAX_RETRIES"] = "0"
    assert planted.run("plan").code == 0

    def fault(record: RequestRecord) -> Fault | None:
        if record.method == "GET" or "tags" in record.path:
            return None
        return Fault(status=status, body=[{"name": [record.headers["Authorization"]]}] * record.rows)

    planted.netbox.faults = fault
    said = planted.run("apply", "plan.json", "--verbose")
    assert said.code == 5, said


@pytest.mark.slow
def test_names_in_netbox_that_are_our_token(plant: Plant) -> None:
    """What a hostile NetBox puts into its objects reaches neither inventory nor plan."""
    planted = plant()
    assert planted.run("plan").code == 0
    assert planted.run("apply", "plan.json").code == 0
    number = next(iter(planted.netbox.rows("virtualization.virtualmachine")))
    words = {"comments": f"Bearer {NETBOX_V2}", "name": NETBOX_V2}
    planted.stage.ask("PATCH", f"virtualization/virtual-machines/{number}/", words)
    said = planted.run("plan", "--save-inventory", "inventory.json", "--verbose")
    assert said.code == 0, said


@pytest.mark.covering
def test_proxmox_cannot_be_reached(plant: Plant) -> None:
    """Wrong port, silence, a certificate that is not trusted: words without secrets."""
    planted = plant()
    config = planted.stage.folder / "proxbox.yaml"
    text = config.read_text()
    port = f"port: {planted.stage.proxmox.port}"
    planted.stage.proxmox.faults.add("*", hang=FOR_EVER)
    for broken in (
        text.replace(port, f"port: {closed_port()}"),
        text.replace(f"    ca_file: {planted.stage.proxmox.ca_file}\n", ""),
        text.replace(port, f"{port}\n    timeout: 0.2"),
        text.replace("host: 127.0.0.1", "host: pve.invalid"),
    ):
        config.write_text(broken)
        assert planted.run("collect").code == 1


@pytest.mark.slow
def test_netbox_cannot_be_reached(plant: Plant) -> None:
    """Wrong port, silence, https that is none: words without secrets."""
    planted = plant()
    planted.stage.environ |= {"PROXBOX_NETBOX_MAX_RETRIES": "0", "PROXBOX_NETBOX_TIMEOUT": "0.5"}
    assert planted.run("collect").code == 0
    config = planted.stage.folder / "proxbox.yaml"
    text = config.read_text()
    url = planted.stage.netbox_url
    planted.netbox.faults = lambda _: Fault(delay=FOR_EVER)
    for broken in (
        text,
        text.replace(url, f"http://127.0.0.1:{closed_port()}"),
        text.replace(url, url.replace("http:", "https:")),
        text.replace(url, f"https://127.0.0.1:{planted.stage.proxmox.port}"),
    ):
        config.write_text(broken)
        assert planted.run("plan", "--state", "state.json").code == 1


@pytest.mark.parametrize("value", [f"Token {NETBOX_V1}", f"{NETBOX_V1}\n{NETBOX_V2}", NETBOX_V1[:39], f"{PASSWORD}é"])
def test_a_token_that_is_none(plant: Plant, value: str) -> None:
    """What stands in its place is not shown either: it may be nearly the secret."""
    planted = plant()
    planted.stage.environ["NETBOX_TOKEN"] = planted.stage.environ["PVE_TOKEN"] = value
    for arguments in (["collect"], ["plan", "--state", "state.json"]):
        said = planted.run(*arguments)
        assert said.code == 1, said
        assert value[:20] not in said.err


def test_a_secret_written_into_the_configuration(plant: Plant) -> None:
    """It is refused, and not repeated."""
    planted = plant()
    config = planted.stage.folder / "proxbox.yaml"
    text = config.read_text()
    for line in (
        f"token: {NETBOX_V2}",
        f"token: {{env: '{PROXMOX_SECRET}'}}",
        f"proxy: 'http://me:{PROXMOX_SECRET}@p'",
    ):
        config.write_text(text.replace("  token: {env: NETBOX_TOKEN}", f"  {line}"))
        said = planted.stage.run("validate", "--debug")
        assert said.code == 1
        for secret in ALL:
            assert secret not in said.out + said.err, line


def test_a_short_password_does_not_change_data(plant: Plant) -> None:
    """A password that is also a word of the cluster: documents stay what they are, messages hide it."""
    planted = plant()
    use_password(planted)
    planted.stage.proxmox.password = planted.stage.environ["PVE_PASSWORD"] = "running"
    assert "running" in planted.run("collect", "--out", "-").out
    planted.stage.proxmox.faults.add("/version", status=500, reason="the word is running")
    assert "running" not in planted.run("collect").err
