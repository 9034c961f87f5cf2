"""Checks of the IPAMs of a Proxmox cluster: which of them writes to a NetBox, and whether that is ours."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.clients.proxmox.client import ProxmoxReadError
from proxbox_plan.collect.proxmox.api_models.answer import read_rows
from proxbox_plan.collect.proxmox.api_models.sdn import IpamRow
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError
from proxbox_plan.collect.proxmox.reading import Reader
from proxbox_plan.collect.proxmox.sdn import parse_ipam
from proxbox_plan.doctor.finding import CheckResult, Status
from proxbox_plan.mapping.estate.ipam import NETBOX, is_same
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state.sdn import SdnIpam

_IPAMS = "/cluster/sdn/ipams"
_V1 = "It sends a v1 token, which NetBox 5.0 no longer takes"


def check_ipams(where: str, reader: Reader, areas: Areas, netbox: str | None) -> Iterator[CheckResult]:
    """Yield a finding for each IPAM that writes to a NetBox; the token that Proxmox returns of it is not read.

    Whether the token of Proxmox may see them is checked by its privileges.
    """
    try:
        rows, _ = read_rows(IpamRow, reader.get(_IPAMS))
    except ProxmoxReadError:
        return
    for row in rows:
        try:
            ipam = parse_ipam(row)
        except GrammarError:
            continue
        if ipam.type == NETBOX:
            yield _found(where, ipam, areas, netbox)


def _found(where: str, ipam: SdnIpam, areas: Areas, netbox: str | None) -> CheckResult:
    check, writes = f"ipam {ipam.name}", f"The IPAM {ipam.name!r} of Proxmox writes to {ipam.url or 'a NetBox'}"
    if netbox is None or not is_same(ipam, netbox):
        return CheckResult(
            where=where, check=check, status=Status.OK, message=f"{writes}, by its host name another NetBox than ours"
        )
    if areas.sdn:
        end = ": its addresses are adopted, and stay its own"
        hint = "Keep a v1 token for it, and upgrade Proxmox before NetBox 5.0."
    else:
        end = "; in which subnets it gives the addresses is not known"
        hint = "Set `scope: {sdn: true}`: then nothing is created that it would take for its own."
    message = f"{writes}, which is ours{end}. {_V1}"
    return CheckResult(where=where, check=check, status=Status.WARNING, message=message, hint=hint)
