"""Same documents: what another version wrote about the recorded clusters, compared with what this one writes.

Run it as `python -m scripts.same_documents REF`: both versions collect each recorded cluster, plan against a new NetBox
with the plugin, apply, and plan again after a change. Renamed words, dropped nulls, and an update that is a move now
are no difference; anything else is printed, and the exit code is 1.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.plugin_stage import Recorded
from tests.recordings import READABLE, recording

ROOT: Final = Path(__file__).parent.parent
PLUGIN: Final = {"netbox_proxbox": "0.0.29.post6"}
COMMAND: Final = "import sys; from proxbox_plan.cli.main import main; main()"
# What documents said until format 1.0 was settled -> what they say now.
RENAMED: Final = {
    "withheld": "deferred",
    "kept": "preserved",
    "left_out": "unsupported",
    "part": "targeting",
    "left": "omitted",
    "gap": "reason",
    "applied": "last_applied",
    "marks_before": "ownership_before",
}
# What differs between any two runs.
VOLATILE: Final = frozenset(
    {
        "digest",
        "plan_digest",
        "plan_id",
        "tool_version",
        "binding",
        "netbox_url",
        "url",
        "last_updated",
        "writes",
        "taken_at",
    }
)
CONFIG: Final = """\
netbox: {{url: "{netbox}", token: {{file: netbox.token}}}}
clusters:
  - name: lab
    host: {host}
    port: {port}
    token: {{id: "{token}", secret: {{file: proxmox.token}}}}
    ca_file: {ca}
    site: DC1
mapping: {{create_sites: true}}
limits: {{percent: 100}}
scope: {{snapshots: true, backups: true, tasks: {{days: 3650}}, firewall: true, sdn: true, cpu_models: true}}
"""


def main(arguments: list[str]) -> int:
    """Compare with the version of a Git reference."""
    if len(arguments) != 1:
        print("usage: python -m scripts.same_documents REF", file=sys.stderr)
        return 1
    count, different = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "other"
        _git("worktree", "add", "--quiet", "--detach", str(other), arguments[0])
        try:
            for name in READABLE:
                before, after = _documents(other, name), _documents(ROOT, name)
                for document in after:
                    count += 1
                    lines = list(_differences(_plain(before[document]), _plain(after[document]), ""))
                    different += bool(lines)
                    print(f"{name} {document}: {'equal' if not lines else f'{len(lines)} differences'}")
                    print("".join(f"    {line}\n" for line in lines[:20]), end="")
        finally:
            _git("worktree", "remove", "--force", str(other))
    print(f"{count - different} of {count} documents are equal.")
    return 1 if different else 0


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)  # noqa: S603, S607 # found on PATH, with our own words


def _documents(version: Path, name: str) -> dict[str, Any]:
    """Return what a version of the command writes about a recorded cluster."""
    source = Recorded(recording(name))
    with (
        tempfile.TemporaryDirectory() as place,
        FakeNetBoxThread(plugins=PLUGIN) as netbox,
        ClusterServer(source) as proxmox,
    ):
        folder = Path(place)
        (folder / "netbox.token").write_text(netbox.token)
        (folder / "proxmox.token").write_text(proxmox.token_secret)
        config = CONFIG.format(
            netbox=netbox.url, host=proxmox.host, port=proxmox.port, token=proxmox.token_id, ca=proxmox.ca_file
        )
        (folder / "proxbox.yaml").write_text(config)
        _run(version, folder, "collect")
        _run(version, folder, "plan", "--state", "state.json", "--out", "first.json", "--save-inventory", "empty.json")
        _run(version, folder, "apply", "first.json")
        for number in sorted(netbox.fake.rows("virtualization.virtualmachine"))[:3]:  # a person edits some
            netbox.fake.store.change("virtualization.virtualmachine", number, comments="ours", memory=1)
        _run(version, folder, "plan", "--out", "second.json", "--save-inventory", "inventory.json")
        _run(version, folder, "drift", "--out", "drift.json")
        names = ("state", "first", "first.outcome", "second", "inventory", "drift")
        # The port is the server's of the day.
        texts = {each: (folder / f"{each}.json").read_text().replace(str(proxmox.port), "8006") for each in names}
        return {each: json.loads(text) for each, text in texts.items()}


def _run(version: Path, folder: Path, *arguments: str) -> None:
    environ = {**os.environ, "PYTHONPATH": str(version), "PROXBOX_NETBOX_MAX_CONCURRENT": "1"}
    done = subprocess.run(  # noqa: S603 # our own command
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"`proxbox {' '.join(arguments)}` of {version} ended with {done.returncode}: {done.stderr}")


def _plain(value: Any) -> Any:
    """Return a document in today's words, without what differs between any two runs, and without what is empty."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        items = {RENAMED.get(name, name): _plain(item) for name, item in value.items() if name not in VOLATILE}
        if items.get("reason") == "moved-to-another-cluster" and items.get("action") == "update":
            items["action"] = "move"
        if items.get("origin") == "left":
            items["origin"] = "preserved"
        return {name: item for name, item in items.items() if item not in (None, [], {})}
    return re.sub(r"(?<=127\.0\.0\.1:)\d+", "PORT", value) if isinstance(value, str) else value


def _differences(before: Any, after: Any, where: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from _differences(before.get(name), after.get(name), f"{where}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{where}[{place}]")
    elif before != after:
        yield f"{where.removeprefix('.')}: {str(before)[:100]!r} -> {str(after)[:100]!r}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
