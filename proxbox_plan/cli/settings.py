"""The configuration as every command loads it: with the kinds and fields that the mapping knows."""

from __future__ import annotations

import os
from pathlib import Path

from proxbox_plan.config import Settings, load
from proxbox_plan.planner.mapping import KINDS


def load_settings(config: Path) -> Settings:
    """Load and check the configuration file."""
    known = {name: [field.name for field in kind.fields] for name, kind in KINDS.items()}
    return load(config, os.environ, known)
