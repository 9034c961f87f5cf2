"""The generated part of docs/rules.md: what `proxbox rules suggest` prints and writes, from a run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.filled import fill
from tests.end_to_end.stage import Stage

PAGE: Final = Path(__file__).parents[2] / "docs" / "rules.md"
_START: Final = "<!-- Written by `./dev generate` from a run of both commands; don't edit it. -->"
_END: Final = "<!-- The run ends here. -->"
_COMMAND: Final = (
    "rules",
    "suggest",
    "--state",
    "state.json",
    "--out",
    "rules.yaml",
    "--tests",
    "mapping-tests/rules.yaml",
)


def page() -> str:
    """Return the page with its run written anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_START)
    _, _, after = rest.partition(_END)
    said, rules, tests = _run()
    shown = "\n".join(tests.splitlines()[:10])
    return (
        f"{before}{_START}\n"
        f"```text\n$ proxbox collect\n$ proxbox {' '.join(_COMMAND)}\n{said}```\n\n"
        f"`rules.yaml`:\n\n```yaml\n{rules}```\n\n"
        f"`mapping-tests/rules.yaml` begins with:\n\n```yaml\n{shown}\n```\n"
        f"{_END}{after}"
    )


def _run() -> tuple[str, str, str]:
    """Return what the command says, and both files, of a cluster whose NetBox people filled."""
    cluster = ClusterDescription.seeded(7, guests=120, nodes=3, name="lab")
    with tempfile.TemporaryDirectory() as name, FakeNetBoxThread() as netbox, ClusterServer(cluster) as server:
        folder = Path(name)
        stage = Stage(folder, netbox.url, netbox.token, server, fake=netbox.fake)
        fill(stage, stage.collect())
        (folder / "mapping-tests").mkdir()
        said = stage.run(*_COMMAND)
        if said.code:
            raise RuntimeError(said.err)
        rules, tests = ((folder / place).read_text(encoding="utf-8") for place in (_COMMAND[5], _COMMAND[7]))
    return said.err, rules, tests
