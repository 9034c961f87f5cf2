"""Checks of NetBox. Everything is a GET, or an OPTIONS that asks what may be done."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from proxbox_plan.clients.netbox.branch import PLUGIN as BRANCHING
from proxbox_plan.clients.netbox.client import OLDEST, NetBox
from proxbox_plan.collect.netbox.plugin_schema import KNOWN
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.progress import OnWait, unheard
from proxbox_plan.doctor.clocks import compare_clocks
from proxbox_plan.doctor.expiry import check_expiry
from proxbox_plan.doctor.finding import Finding, Status
from proxbox_plan.doctor.netbox_permissions import check_permissions
from proxbox_plan.doctor.ownership_fields import check_ownership_fields
from proxbox_plan.doctor.permissions import synced_kinds
from proxbox_plan.model.connection import NetBoxConnection
from proxbox_plan.model.inventory.changelog import MESSAGES_SINCE
from proxbox_plan.model.policy import Policy

NEWEST = (4, 7)  # what this was tested with


async def check_netbox(
    connection: NetBoxConnection, policy: Policy, now: float, on_wait: OnWait = unheard
) -> list[Finding]:
    """Return what is found in NetBox: everything up to what it did not answer. Nothing is tried twice.

    `on_wait` is told when an answer takes long.
    """
    found: list[Finding] = []
    once = connection.replace(max_retries=0)
    try:
        async with NetBox(once, read_only=True, on_wait=on_wait) as netbox:
            found += [
                _found("access", f"{netbox.url} lets the token in"),
                _tls(connection),
                _version(netbox),
                compare_clocks("netbox", _seconds(netbox.date), now),
                *_plugins(netbox, policy),
                _messages(netbox),
            ]
            found += await check_expiry(netbox, connection.token.get_secret_value(), now)
            found += await check_ownership_fields(netbox)
            found += await check_permissions(netbox, policy)
    except NetBoxError as error:
        check = "answers" if found else "access"
        found.append(Finding(where="netbox", check=check, status=Status.FAILED, message=error.message, hint=error.hint))
    return found


def _found(check: str, message: str) -> Finding:
    return Finding(where="netbox", check=check, status=Status.OK, message=message)


def _warned(check: str, message: str, hint: str) -> Finding:
    return Finding(where="netbox", check=check, status=Status.WARNING, message=message, hint=hint)


def _tls(connection: NetBoxConnection) -> Finding:
    if not connection.url.startswith("https:"):
        return _warned(
            "tls", "the connection is not encrypted: anybody in between can read the token", "Use https in netbox.url."
        )
    if not connection.verify_tls:
        return _warned(
            "tls", "its certificate is not verified", "Name the CA in netbox.ca_file instead of verify_tls: false."
        )
    return _found("tls", "its certificate is verified")


def _version(netbox: NetBox) -> Finding:
    if netbox.version > NEWEST:
        return _warned(
            "version",
            f"NetBox {netbox.version_text} is newer than what this was tested with",
            f"Tested is up to {NEWEST[0]}.{NEWEST[1]}: look at the first plan with more care.",
        )
    return _found("version", f"NetBox {netbox.version_text} (needed is {OLDEST[0]}.{OLDEST[1]} or newer)")


def _seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _plugins(netbox: NetBox, policy: Policy) -> Iterator[Finding]:
    wanted = {kind.plugin for kind in synced_kinds(policy) if kind.plugin}
    for plugin in sorted(wanted):
        version, known = netbox.plugins.get(plugin), KNOWN.get(plugin)
        if version is None:
            yield _warned(
                f"plugin {plugin}",
                f"NetBox does not run {plugin}: what only it has a place for is left out",
                "Install it, or set `scope: {plugin: false}` to say that it is not wanted.",
            )
        elif version != known:
            yield _warned(
                f"plugin {plugin}",
                f"{plugin} {version} is not the version this was made for ({known})",
                "What it has no place for is left out, and the plan says so.",
            )
        else:
            yield _found(f"plugin {plugin}", f"{plugin} {version}")
    branching = netbox.plugins.get(BRANCHING)
    yield _found(
        f"plugin {BRANCHING}",
        f"{BRANCHING} {branching}"
        if branching
        else f"NetBox does not run {BRANCHING}: needed only to work in branches",
    )


def _messages(netbox: NetBox) -> Finding:
    if netbox.version >= MESSAGES_SINCE:
        return _found("changelog", "the changelog names the plan of every change")
    since = f"{MESSAGES_SINCE[0]}.{MESSAGES_SINCE[1]}"
    return _warned(
        "changelog",
        "the changelog has no messages: it cannot name the plan of a change, and drift nobody",
        f"Update NetBox to {since} or newer.",
    )
