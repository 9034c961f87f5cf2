"""Registry: every rule, in the order of the report. A rule is added here, in `LintRules`, and nowhere else."""

from __future__ import annotations

from typing import Final

from proxbox_plan.lint import (
    backups,
    bridges,
    duplicates,
    guests,
    ha,
    names,
    nodes,
    sdn,
    snapshots,
    storage,
    vlans,
)
from proxbox_plan.lint.rule import RegisteredRule

RULES: Final[tuple[RegisteredRule, ...]] = (
    *backups.RULES,
    *guests.RULES,
    *ha.RULES,
    *storage.RULES,
    *snapshots.RULES,
    *duplicates.RULES,
    *bridges.RULES,
    *vlans.RULES,
    *sdn.RULES,
    *names.RULES,
    *nodes.RULES,
)
