"""The generated part of docs/review.md: rules of review, and what commands say under them, from a run."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Final

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from scripts.pages.tutorial import steady
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_review import RULES, estate, settled

PAGE: Final = Path(__file__).parents[2] / "docs" / "review.md"
_START: Final = "<!-- Written by `./dev generate` from a run; don't edit it. -->"
_END: Final = "<!-- The run ends here. -->"
_PACE: Final = r"; \d+ write requests? sent"  # which differs between two runs
_RUNS: Final = (("plan", "--split", "."), ("apply", "auto.json"), ("apply", "review.json"), ("plan",))


def page() -> str:
    """Return the page with its run written anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_START)
    _, _, after = rest.partition(_END)
    rules = RULES.partition("review:")[2]
    return f"{before}{_START}\n```yaml\nreview:{rules}```\n\n```text\n{steady(_run())}```\n{_END}{after}"


def _run() -> str:
    """Return what the commands say, one after the other."""
    cluster = estate()
    said: list[str] = []
    with tempfile.TemporaryDirectory() as name, FakeNetBoxThread() as netbox, ClusterServer(cluster) as server:
        stage = Stage(Path(name), netbox.url, netbox.token, server, fake=netbox.fake)
        settled(stage)
        cluster.set_memory(900, 65_536)
        cluster.set_power(901, running=False)
        cluster.remove_disk(902, "scsi1")
        cluster.set_memory(907, 65_536)
        for words in _RUNS:
            found = stage.run(*words)
            if found.code:
                raise RuntimeError(found.err)
            wrote = "".join(f"{line}\n" for line in found.err.splitlines() if line.startswith("Wrote "))
            said.append(f"$ proxbox {' '.join(words)}\n{found.out}{wrote}")
    return re.sub(_PACE, "", "\n".join(said))
