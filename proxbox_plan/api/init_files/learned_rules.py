"""The files of `proxbox init --from-netbox`: rules learned from NetBox, and their mapping tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxbox_plan.api.configuration import load
from proxbox_plan.api.events import Listener
from proxbox_plan.api.init_files.new_files import CONFIG, write_new
from proxbox_plan.api.suggesting import suggest_rules
from proxbox_plan.core import files
from proxbox_plan.core.errors import UsageError
from proxbox_plan.documents import write_text

if TYPE_CHECKING:
    from proxbox_plan.model.policy.suggestion import RuleSuggestion

RULES: Final = "rules.yaml"
TESTS: Final = "mapping-tests/rules.yaml"
_PLACE: Final = "\nnetbox:\n"  # before it the template of the configuration has only comments
_INCLUDE: Final = f"\ninclude: [{RULES}] # learned from NetBox\n"


def check_free(folder: Path) -> None:
    """Raise UsageError when the files of the rules are there already: they would not be overwritten."""
    for name in (RULES, TESTS):
        place = folder / name
        if place.is_symlink() or place.exists():
            raise UsageError(
                f"{place} exists, and --from-netbox would not overwrite it",
                hint="Remove it, or print what would be learned now: proxbox rules suggest.",
            )


def learn(folder: Path, listener: Listener) -> RuleSuggestion:
    """Return the rules learned by the configuration of a folder, which may have been written just now."""
    with files.claims(alone=True):
        return suggest_rules(load(folder / CONFIG), listener=listener)


def write_learned(folder: Path, suggestion: RuleSuggestion, config: str | None) -> list[Path]:
    """Write the rules and their tests, all or none, and return the files.

    `config` is the text of a configuration that was written just now: it includes the rules from now on.
    """
    from proxbox_plan.report.rules_yaml import rules_text, tests_text  # noqa: PLC0415 # few learn rules

    written, _ = write_new(folder, {RULES: rules_text(suggestion), TESTS: tests_text(suggestion)})
    if config is not None:
        with files.claims(alone=True):
            write_text(folder / CONFIG, config.replace(_PLACE, f"{_INCLUDE}{_PLACE}", 1), private=False)
    return written
