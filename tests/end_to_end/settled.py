"""Settled NetBoxes of the testbed that are made once: the same plan for an empty NetBox always leaves the same one.

Most stories begin with a first sync that another one has made already, for half of their time. It is applied once, and
the next plan is empty; whoever comes later gets a copy of that database.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from proxbox_plan.documents import write_document
from proxbox_plan.model.plan import Plan

_PLAN, _OUTCOME = "plan.json", "plan.outcome.json"
_MOST = 40  # databases of some 30 MB


class SettledNetBoxes:
    """What first plans of this session have made of an empty NetBox."""

    def __init__(self, folder: Path, testbed: Callable[..., None]) -> None:
        """`folder`: where plans and outcomes are kept; `testbed` runs a command of the testbed."""
        self._folder = folder
        self._testbed = testbed

    def bring(self, plan: Plan, folder: Path) -> bool:
        """Give NetBox what a plan like this one made of an empty one, and a folder its documents; false: not kept."""
        kept = self._folder / _name(plan)
        if not kept.exists():
            return False
        self._testbed("reset", kept.name)
        for name in (_PLAN, _OUTCOME):
            shutil.copy(kept / name, folder / name)
        return True

    def keep(self, plan: Plan, folder: Path) -> None:
        """Keep what a plan has made of an empty NetBox, with the plan and its outcome, which is in a folder."""
        if len(list(self._folder.iterdir())) >= _MOST:
            return
        kept = self._folder / _name(plan)
        self._testbed("keep", kept.name)
        kept.mkdir()
        write_document(plan, kept / _PLAN)
        shutil.copy(folder / _OUTCOME, kept / _OUTCOME)


def _name(plan: Plan) -> str:
    """Return what names all that a plan writes, but for when its state was collected."""
    changes = "".join(change.model_dump_json() for change in plan.changes)
    return hashlib.sha256(re.sub(r'"since":"[^"]*"', "", changes).encode()).hexdigest()[:32]
