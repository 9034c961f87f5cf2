"""Diagnose: checks connections, versions and privileges before planning."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from proxbox_plan.api.configuration import load
from proxbox_plan.api.event_loop import run
from proxbox_plan.collect.proxmox.slow_answers import reported_when_slow
from proxbox_plan.config import Settings
from proxbox_plan.core.errors import ConfigError
from proxbox_plan.core.progress import OnWait, unheard
from proxbox_plan.doctor.finding import CheckResult, Diagnosis, Status
from proxbox_plan.doctor.netbox import check_netbox
from proxbox_plan.doctor.proxmox import NEWEST, check_cluster
from proxbox_plan.doctor.required_permissions import as_permissions
from proxbox_plan.doctor.roles import role_commands
from proxbox_plan.doctor.text import diagnosis_text as text_of
from proxbox_plan.report.text.style import Style


def diagnose(config: Path | str = "proxbox.yaml", *, on_wait: OnWait = unheard) -> Diagnosis:
    """Check the configuration, every cluster and NetBox, and work out the least role; read-only.

    Every check runs, whatever the others find.
    """
    try:
        settings = load(config)
    except ConfigError as error:
        return Diagnosis(findings=(_failed("configuration", "file", error),), roles={})
    fine = CheckResult(where="configuration", check="file", status=Status.OK, message=f"{config} is valid")
    findings, roles = [fine], dict[str, tuple[str, ...]]()
    for name in settings.clusters:
        found, commands = _cluster(settings, name, on_wait)
        findings += found
        roles[name] = commands
    return Diagnosis(findings=(*findings, *_netbox(settings, on_wait)), roles=roles)


def permissions(settings: Settings) -> list[dict[str, Any]]:
    """Return the NetBox permissions that this configuration needs, as objects for NetBox's API; contacts nothing."""
    return as_permissions(settings.policy)


def diagnosis_text(found: Diagnosis, *, color: bool = False) -> str:
    """Return a diagnosis for a terminal."""
    return text_of(found, style=Style(color=color))


def _cluster(settings: Settings, name: str, on_wait: OnWait) -> tuple[list[CheckResult], tuple[str, ...]]:
    areas, major = settings.policy.areas, NEWEST
    try:
        connection = settings.proxmox(name)
        with reported_when_slow(on_wait, f"cluster {name}"):
            found, major = check_cluster(connection, areas, time.time(), settings.netbox_url)
    except ConfigError as error:
        found = [_failed(f"proxmox {name}", "access", error)]
    user, token = settings.account_of(name)
    return found, role_commands(areas, major, user, token)


def _netbox(settings: Settings, on_wait: OnWait) -> list[CheckResult]:
    if settings.netbox_url is None:
        return [
            CheckResult(
                where="netbox",
                check="access",
                status=Status.WARNING,
                message="the configuration has no netbox section, so it can only collect",
                hint="Add netbox: with url: and token:.",
            )
        ]
    try:
        return run(check_netbox(settings.netbox(), settings.policy, time.time(), on_wait))
    except ConfigError as error:
        return [_failed("netbox", "access", error)]


def _failed(where: str, check: str, error: ConfigError) -> CheckResult:
    return CheckResult(where=where, check=check, status=Status.FAILED, message=error.message, hint=error.hint)
