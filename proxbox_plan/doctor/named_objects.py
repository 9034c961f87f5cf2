"""Named objects: whether NetBox has what the configuration names and what is not created for it."""

from __future__ import annotations

import asyncio

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.sanitize import slug
from proxbox_plan.doctor.finding import CheckResult, Status
from proxbox_plan.model.policy import Policy
from proxbox_plan.plan import KINDS
from proxbox_plan.policy.literal_names import literal_names


async def check_named_objects(netbox: NetBox, policy: Policy) -> list[CheckResult]:
    """Return a finding for each object that a cluster of the configuration names and NetBox lacks."""
    wanted = {(item.kind, item.name) for item in literal_names(policy)}
    asked = sorted(item for item in wanted if not (item[0] == "site" and policy.create_sites))
    there = await asyncio.gather(*(_has(netbox, kind, name) for kind, name in asked))
    return [_missing(kind, name) for (kind, name), found in zip(asked, there, strict=True) if not found]


async def _has(netbox: NetBox, kind: str, name: str) -> bool:
    """Whether NetBox has an object of that name or slug; also when the token may not tell: see the permissions."""
    names = {"name": name, "slug": slug(name)}
    filters = {natural.filter: names[natural.by] for natural in KINDS[kind].natural if natural.by in names}
    try:
        pages = [
            await netbox.get(KINDS[kind].path, {filter_: value, "limit": 1, "fields": "id"})
            for filter_, value in filters.items()
        ]
    except NetBoxError as error:
        if error.status != FORBIDDEN:
            raise
        return True
    return any(isinstance(page, dict) and page.get("results") for page in pages)


def _missing(kind: str, name: str) -> CheckResult:
    return CheckResult(
        where="netbox",
        check=f"{kind} {name}",
        status=Status.FAILED,
        message=f"NetBox has no {kind} {name!r}, which the configuration names",
        hint="Create it in NetBox, or correct the name in the configuration.",
    )
