"""Whether the tests reach every branch of the core, and enough of the rest: `./dev coverage`.

It reads what `./dev test --cov --cov-report=` has measured. What no test reaches is deleted, tested, or has a reason
beside it: `# pragma: no cover - REASON`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "proxbox_plan"
CORE = ("core", "model", "rules", "policy", "mapping", "collect", "plan", "apply", "compare", "lint")
LEAST_OF_ALL = 90  # percent
LEAST_OF_CORE = 100
_PRAGMA = re.compile(r"#\s*pragma: no (cover|branch)(?! - \w)")


def without_reason(*folders: Path) -> Iterator[str]:
    """Yield the lines that are not measured, without a reason beside them, as `FILE:LINE`."""
    for file in (file for folder in folders for file in sorted(folder.rglob("*.py"))):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if _PRAGMA.search(line):
                yield f"{file}:{number}"


def _report(percent: int, *only: str) -> bool:
    """Print what is not covered, and return whether at least so many percent are."""
    include = ["--include", ",".join(only)] if only else []
    command = [sys.executable, "-m", "coverage", "report", "--fail-under", str(percent), *include]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0  # noqa: S603  # our own coverage


def main() -> int:
    """Print both reports; 1 when something of the core is not covered, or too little of all."""
    whole = _report(LEAST_OF_ALL)
    print("\nThe core, of which every branch is tested:", flush=True)
    core = _report(LEAST_OF_CORE, *(f"proxbox_plan/{name}/*" for name in CORE))
    bare = list(without_reason(PACKAGE))
    print("".join(f"{place}: a pragma without a reason\n" for place in bare), end="")
    return 0 if whole and core and not bare else 1


if __name__ == "__main__":
    sys.exit(main())
