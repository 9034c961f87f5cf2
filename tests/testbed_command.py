"""The commands of the testbed, for tests with the real NetBox."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_SCRIPT = Path(__file__).parents[1] / "testbed" / "netbox.py"


def run_testbed(*command: str) -> None:
    """Run a command of the testbed."""
    subprocess.run([sys.executable, str(_SCRIPT), *command], check=True, capture_output=True, env=os.environ)
