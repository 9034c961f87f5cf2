"""The violations that are known: a list that may only get shorter."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.ignorance.case import Group
from tests.ignorance.trial import Findings

FOLDER = Path(__file__).parent
SAMPLE, ALL = FOLDER / "known.json", FOLDER / "known-all.json"
HEAD = ("endpoint", "sort", "faults", "recordings")
Violations = Mapping[Group, Counter[str]]


def known(*, everything: bool) -> dict[Group, Counter[str]]:
    """Return what is known of the cases of every run, or of all cases."""
    path = ALL if everything else SAMPLE
    entries = json.loads(path.read_text()) if path.exists() else []
    return {
        (recording, entry["sort"], entry["endpoint"], fault): Counter(entry["changes"])
        for entry in entries
        for recording in entry["recordings"]
        for fault in entry["faults"]
    }


def write(violations: Violations, *, everything: bool) -> None:
    """Write the list; groups that change the same stand together."""
    by_fault: dict[tuple[str, str, str, str], list[str]] = {}
    for (recording, sort, endpoint, fault), changes in sorted(violations.items()):
        text = json.dumps(dict(sorted(changes.items())))
        by_fault.setdefault((recording, sort, endpoint, text), []).append(fault)
    merged: dict[str, dict[str, Any]] = {}
    for (recording, sort, endpoint, text), faults in by_fault.items():
        entry = {"endpoint": endpoint, "sort": sort, "faults": faults, "recordings": [], "changes": json.loads(text)}
        merged.setdefault(json.dumps(entry), entry)["recordings"].append(recording)
    entries = sorted(merged.values(), key=lambda entry: [entry[name] for name in HEAD])
    (ALL if everything else SAMPLE).write_text(_text(entries))


def _text(entries: list[dict[str, Any]]) -> str:
    """Return the entries as JSON: one line for each list, one for each change."""
    parts = []
    for entry in entries:
        changes = ",\n".join(f"   {json.dumps(name)}: {count}" for name, count in entry["changes"].items())
        lines = [f'  "{name}": {json.dumps(entry[name])}' for name in HEAD]
        parts.append("{\n" + ",\n".join([*lines, f'  "changes": {{\n{changes}\n  }}']) + "\n}")
    return "[\n" + ",\n".join(parts) + "\n]\n"


def compare(found: Findings, listed: Violations) -> list[str]:
    """Return in words what is new, and what no longer happens."""
    lines = []
    for group in sorted({*found.violations, *listed}):
        now, before = found.violations.get(group, Counter()), listed.get(group, Counter())
        for change in sorted({*now, *before}):
            said = f"{_named(group)}: {change} in {now[change]} cases, not {before[change]}"
            if now[change] > before[change]:
                lines.append(f"NEW   {said}: {'; '.join(found.examples.get((group, change), []))}")
            elif now[change] < before[change]:
                lines.append(f"GONE  {said}: take it off the list with `python -m tests.ignorance --write`")
    return lines


def _named(group: Group) -> str:
    recording, _, endpoint, fault = group
    return f"{recording} {endpoint} [{fault}]"
