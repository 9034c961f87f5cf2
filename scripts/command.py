"""The command `proxbox` of this repository, for programs that find it on the PATH."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def install(folder: Path) -> None:
    """Put a `proxbox` into the folder that is the one of this repository, whichever is installed."""
    command = folder / "proxbox"
    lines = ("import sys", f"sys.path.insert(0, {str(ROOT)!r})", "from proxbox_plan.cli.main import main", "main()")
    command.write_text(f"#!{sys.executable}\n" + "\n".join(lines) + "\n", encoding="utf-8")
    command.chmod(0o755)
