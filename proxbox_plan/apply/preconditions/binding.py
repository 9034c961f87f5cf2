"""Binding: a plan is for one NetBox at one address, and for one version of it."""

from __future__ import annotations

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import StaleError
from proxbox_plan.model.plan import Plan


def check_binding(plan: Plan, netbox: NetBox) -> None:
    """Refuse a plan for another NetBox, or for another version of it."""
    if plan.binding.netbox_url.rstrip("/") != netbox.url:
        raise StaleError(
            f"The plan was made for {plan.binding.netbox_url}, not for {netbox.url}",
            hint="Plan again against this NetBox.",
        )
    if plan.binding.netbox_version != netbox.version_text:
        raise StaleError(
            f"The plan was made for NetBox {plan.binding.netbox_version}, which is {netbox.version_text} now",
            hint="Plan again: another version may have other fields.",
        )
