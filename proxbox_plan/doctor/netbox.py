"""Checks of NetBox; sends only GET and OPTIONS."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from proxbox_plan.clients.netbox.branch import PLUGIN as BRANCHING
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.plugin_schema import KNOWN
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.progress import OnWait, unheard
from proxbox_plan.doctor.clocks import compare_clocks
from proxbox_plan.doctor.expiry import check_expiry
from proxbox_plan.doctor.finding import CheckResult, Status
from proxbox_plan.doctor.named_objects import check_named_objects
from proxbox_plan.doctor.ownership_fields import check_ownership_fields
from proxbox_plan.doctor.permission_checks import check_permissions
from proxbox_plan.doctor.required_permissions import synced_kinds
from proxbox_plan.model.connection import NetBoxConnection
from proxbox_plan.model.netbox_versions import CHANGELOG_MESSAGES, NEWEST, OLDEST, version_text
from proxbox_plan.model.policy import Policy


async def check_netbox(
    connection: NetBoxConnection, policy: Policy, now: float, on_wait: OnWait = unheard
) -> list[CheckResult]:
    """Return the findings of NetBox, up to the first request it does not answer. Nothing is retried.

    `on_wait` is called when a response is slow.
    """
    found: list[CheckResult] = []
    once = connection.replace(max_retries=0)
    try:
        async with NetBox(once, read_only=True, on_wait=on_wait) as netbox:
            found += [
                _found("access", f"{netbox.url} accepted the token"),
                _tls(connection),
                _version(netbox),
                compare_clocks("netbox", _seconds(netbox.date), now),
                *_plugins(netbox, policy),
                _messages(netbox),
            ]
            found += await check_expiry(netbox, connection.token.get_secret_value(), now)
            found += await check_ownership_fields(netbox)
            found += await check_named_objects(netbox, policy)
            found += await check_permissions(netbox, policy)
    except NetBoxError as error:
        check = "answers" if found else "access"
        found.append(
            CheckResult(where="netbox", check=check, status=Status.FAILED, message=error.message, hint=error.hint)
        )
    return found


def _found(check: str, message: str) -> CheckResult:
    return CheckResult(where="netbox", check=check, status=Status.OK, message=message)


def _warned(check: str, message: str, hint: str) -> CheckResult:
    return CheckResult(where="netbox", check=check, status=Status.WARNING, message=message, hint=hint)


def _tls(connection: NetBoxConnection) -> CheckResult:
    if not connection.url.startswith("https:"):
        return _warned(
            "tls", "The connection is not encrypted: the token is sent in plain text", "Use https in netbox.url."
        )
    if not connection.verify_tls:
        return _warned(
            "tls",
            "The certificate is not verified",
            "Set netbox.ca_file to the CA certificate instead of verify_tls: false.",
        )
    return _found("tls", "The certificate is verified")


def _version(netbox: NetBox) -> CheckResult:
    if netbox.version > NEWEST:
        return _warned(
            "version",
            f"NetBox {netbox.version_text} is newer than the tested versions",
            f"Review the first plan with care: tested up to {version_text(NEWEST)}.",
        )
    return _found("version", f"NetBox {netbox.version_text} (required: {version_text(OLDEST)} or newer)")


def _seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _plugins(netbox: NetBox, policy: Policy) -> Iterator[CheckResult]:
    wanted = {kind.plugin for kind in synced_kinds(policy) if kind.plugin}
    for plugin in sorted(wanted):
        version, known = netbox.plugins.get(plugin), KNOWN.get(plugin)
        if version is None:
            yield _warned(
                f"plugin {plugin}",
                f"NetBox does not run {plugin}: kinds that require it are not planned",
                "Install it, or set `scope: {plugin: false}`.",
            )
        elif version != known:
            yield _warned(
                f"plugin {plugin}",
                f"{plugin} {version} is not a tested version ({known})",
                "Review the unsupported kinds and fields the plan reports.",
            )
        else:
            yield _found(f"plugin {plugin}", f"{plugin} {version}")
    branching = netbox.plugins.get(BRANCHING)
    yield _found(
        f"plugin {BRANCHING}",
        f"{BRANCHING} {branching}" if branching else f"NetBox does not run {BRANCHING}: required only for --branch",
    )


def _messages(netbox: NetBox) -> CheckResult:
    if CHANGELOG_MESSAGES.is_in(netbox.version):
        return _found("changelog", "The changelog names the plan of every change")
    since = version_text(CHANGELOG_MESSAGES.since)
    return _warned(
        "changelog",
        "The changelog has no messages: it cannot name the plan of a change, and drift names no user who applies",
        f"Upgrade NetBox to {since} or newer.",
    )
