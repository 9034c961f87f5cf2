"""`proxbox doctor`: what is in the way, before anything is planned."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxbox_plan.cli.event_loop import run
from proxbox_plan.cli.options import common_options, config_option
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.core.errors import ConfigError

if TYPE_CHECKING:
    from proxbox_plan.config import Settings
    from proxbox_plan.doctor.finding import Diagnosis, Finding


@click.command()
@config_option
@click.option(
    "--permissions",
    is_flag=True,
    help="Print the NetBox permissions that this configuration needs, as JSON for the API; contacts nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what is found as JSON.")
@common_options
@pass_output
def doctor(output: Output, *, config: Path, permissions: bool, as_json: bool) -> int:
    """Check both sides, and print the least rights needed. Only ever reads; exits with 1 when a check failed."""
    from proxbox_plan.cli.settings import load_settings
    from proxbox_plan.doctor.permissions import as_permissions
    from proxbox_plan.doctor.text import diagnosis_text
    from proxbox_plan.model.base import canonical_json
    from proxbox_plan.report.text.style import Style

    if permissions:
        output.result(canonical_json(as_permissions(load_settings(config).policy)))
        return 0
    found = _diagnosed(config, output)
    if as_json:
        output.result(canonical_json(found.model_dump(mode="json")))
    else:
        output.result(diagnosis_text(found, style=Style(colour=output.colour)))
    return 0 if found.healthy else 1


def _diagnosed(config: Path, output: Output) -> Diagnosis:
    """Check everything there is to check; what one check finds never keeps another from being made."""
    from proxbox_plan.cli.settings import load_settings
    from proxbox_plan.doctor.finding import Diagnosis, Finding, Status

    try:
        settings = load_settings(config)
    except ConfigError as error:
        return Diagnosis(findings=(_failed("configuration", "file", error),), roles={})
    fine = Finding(where="configuration", check="file", status=Status.OK, message=f"{config} is valid")
    findings, roles = [fine], dict[str, tuple[str, ...]]()
    for name in settings.clusters:
        found, commands = _cluster(settings, name, output)
        findings += found
        roles[name] = commands
    return Diagnosis(findings=(*findings, *_netbox(settings, output)), roles=roles)


def _cluster(settings: Settings, name: str, output: Output) -> tuple[list[Finding], tuple[str, ...]]:
    from proxbox_plan.collect.proxmox.slow_answers import reported_when_slow
    from proxbox_plan.doctor.proxmox import NEWEST, check_cluster
    from proxbox_plan.doctor.roles import role_commands

    areas, major = settings.policy.areas, NEWEST
    try:
        connection = settings.proxmox(name)
        with reported_when_slow(output.waiting, f"cluster {name}"):
            found, major = check_cluster(connection, areas, time.time())
    except ConfigError as error:
        found = [_failed(f"proxmox {name}", "access", error)]
    user, token = settings.account_of(name)
    return found, role_commands(areas, major, user, token)


def _netbox(settings: Settings, output: Output) -> list[Finding]:
    from proxbox_plan.doctor.finding import Finding, Status
    from proxbox_plan.doctor.netbox import check_netbox

    if settings.netbox_url is None:
        return [
            Finding(
                where="netbox",
                check="access",
                status=Status.WARNING,
                message="the configuration names no NetBox: it is good for collecting only",
                hint="Add netbox: with url: and token:.",
            )
        ]
    try:
        return run(check_netbox(settings.netbox(), settings.policy, time.time(), output.waiting))
    except ConfigError as error:
        return [_failed("netbox", "access", error)]


def _failed(where: str, check: str, error: ConfigError) -> Finding:
    from proxbox_plan.doctor.finding import Finding, Status

    return Finding(where=where, check=check, status=Status.FAILED, message=error.message, hint=error.hint)
