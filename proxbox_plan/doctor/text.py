"""Renders a diagnosis for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.doctor.finding import CheckResult, Diagnosis, Status
from proxbox_plan.report.text.style import PLAIN, Hue, Style
from proxbox_plan.report.values import said

_HUES: dict[Status, Hue] = {Status.OK: "green", Status.WARNING: "yellow", Status.FAILED: "red"}
_SIDES = {"configuration": "Configuration", "proxmox": "Proxmox", "netbox": "NetBox"}
_WIDTH = max(map(len, Status))


def diagnosis_text(diagnosis: Diagnosis, *, style: Style = PLAIN) -> str:
    """Return the findings by system, each with its hint, then the least role and a summary."""
    lines: list[str] = []
    for where, findings in groupby(diagnosis.findings, key=lambda finding: finding.where):
        lines.append(style.paint(_title(where), "bold"))
        for finding in findings:
            lines += _lines(finding, style)
        lines.append("")
    for cluster, commands in diagnosis.roles.items():
        lines.append(style.paint(f"The least role on {sanitized(cluster)}, as root on one of its nodes", "bold"))
        lines += [f"    {sanitized(command)}" for command in commands]
        lines.append("")
    lines.append("Permissions of the NetBox token: proxbox doctor --permissions")
    return "\n".join([*lines, style.paint(_verdict(diagnosis), "bold")]) + "\n"


def _title(where: str) -> str:
    side, _, cluster = where.partition(" ")
    return f"{_SIDES[side]} {sanitized(cluster)}".rstrip()


def _lines(finding: CheckResult, style: Style) -> Iterator[str]:
    yield f"    {style.paint(finding.status.value.ljust(_WIDTH), _HUES[finding.status])}  {said(finding.message)}"
    if finding.hint:
        yield f"    {' ' * _WIDTH}  {style.paint(said(finding.hint), 'dim')}"


def _verdict(diagnosis: Diagnosis) -> str:
    counts = Counter(finding.status for finding in diagnosis.findings)
    return f"{', '.join(f'{counts[status]} {status.value}' for status in Status)}."
