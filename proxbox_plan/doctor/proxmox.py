"""Checks of one Proxmox cluster; sends only GET."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxClient, ProxmoxReadError, api_path
from proxbox_plan.collect.proxmox.privileges.effective import (
    ACL,
    PERMISSIONS,
    EffectivePrivileges,
    read_effective_privileges,
)
from proxbox_plan.collect.proxmox.privileges.required import required_for
from proxbox_plan.collect.proxmox.reading import Reader
from proxbox_plan.collect.proxmox.version import RELEASE
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.doctor.clocks import compare_clocks
from proxbox_plan.doctor.finding import CheckResult, Status
from proxbox_plan.doctor.ipams import check_ipams
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.policy.areas import Areas

OLDEST, NEWEST = 8, 9  # tested major versions
_ROLE_HINT = "Run the commands below on a node to give the token the least role."


def check_cluster(
    connection: ProxmoxConnection, areas: Areas, now: float, netbox: str | None = None
) -> tuple[list[CheckResult], int]:
    """Return the findings of one cluster, and its major version (the newest known one, if not reported).

    `netbox` is the address of ours, if the configuration has one.
    """
    where = f"proxmox {connection.cluster}"
    with ProxmoxClient(connection, warn=lambda _: None) as client:
        try:
            version = client.connect().get("version")
        except ProxmoxError as error:
            failed = CheckResult(
                where=where, check="access", status=Status.FAILED, message=error.message, hint=error.hint
            )
            return [failed], NEWEST
        match = RELEASE.match(version) if isinstance(version, str) else None
        major = int(match[1]) if match else NEWEST
        reader = Reader(client)
        privileges = read_effective_privileges(connection, lambda: reader.get(PERMISSIONS), lambda: reader.get(ACL))
        return [
            CheckResult(
                where=where,
                check="access",
                status=Status.OK,
                message=f"{connection.host}:{connection.port} accepted the credentials of {_who(connection)}",
            ),
            _tls(where, connection),
            _version(where, str(version), major if match else None),
            *_privileges(where, privileges, areas, major),
            *check_ipams(where, reader, areas, netbox),
            compare_clocks(where, _clock(reader), now),
        ], major


def _who(connection: ProxmoxConnection) -> str:
    return f"{connection.user}!{connection.token_name}" if connection.token_name else connection.user


def _tls(where: str, connection: ProxmoxConnection) -> CheckResult:
    if connection.verify_tls:
        return CheckResult(where=where, check="tls", status=Status.OK, message="The certificate is verified")
    hint = "Set ca_file to the cluster's CA (/etc/pve/pve-root-ca.pem) instead of verify_tls: false."
    message = "The certificate is not verified"
    return CheckResult(where=where, check="tls", status=Status.WARNING, message=message, hint=hint)


def _version(where: str, version: str, major: int | None) -> CheckResult:
    if major is not None and OLDEST <= major <= NEWEST:
        return CheckResult(where=where, check="version", status=Status.OK, message=f"Proxmox VE {version}")
    return CheckResult(
        where=where,
        check="version",
        status=Status.WARNING,
        message=f"Proxmox VE {version} is not a tested version ({OLDEST} and {NEWEST})",
        hint="Review the first plan with care.",
    )


def _privileges(where: str, privileges: EffectivePrivileges, areas: Areas, major: int) -> Iterator[CheckResult]:
    if privileges.unknown is not None:
        yield CheckResult(
            where=where,
            check="privileges",
            status=Status.FAILED,
            hint=_ROLE_HINT,
            message=f"The token's privileges cannot be read: {privileges.unknown.detail}",
        )
        return
    for required in required_for(areas, major):
        coverage = required.met(privileges)
        check, status = f"privilege {required.least} on {required.tree}", Status.OK
        message, hint = f"The token may view {required.gives}", ""
        if coverage == privileges.access_list and not coverage.complete and not required.alone:
            status = Status.WARNING
            message, hint = (
                f"It is uncertain whether the token may view {required.gives}: {coverage.detail}",
                _ROLE_HINT,
            )
        elif not coverage.complete:
            status = Status.FAILED if required.vital else Status.WARNING
            message, hint = f"The token may not view {required.gives}: {coverage.detail}", _ROLE_HINT
        yield CheckResult(where=where, check=check, status=status, message=message, hint=hint)


def _clock(reader: Reader) -> float | None:
    """Return the clock of the first node that reports it."""
    for node in _nodes(reader):
        try:
            data = reader.get(api_path("nodes", node, "time"))
        except ProxmoxReadError:
            continue
        seconds: Any = data.get("time") if isinstance(data, dict) else None
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            return float(seconds)
    return None


def _nodes(reader: Reader) -> list[str]:
    try:
        rows = reader.get("/nodes")
    except ProxmoxReadError:
        return []
    rows = rows if isinstance(rows, list) else []
    names = (row.get("node") for row in rows if isinstance(row, dict) and row.get("status") == "online")
    return sorted(name for name in names if isinstance(name, str) and name)
