"""Configuration: `proxbox.yaml` as every call needs it: with the kinds and fields that the mapping knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from proxbox_plan.config import Settings
from proxbox_plan.config import load as load_file
from proxbox_plan.config.semantic_checks import KnownKind


def load(config: Path | str = "proxbox.yaml", environ: Mapping[str, str] = os.environ) -> Settings:
    """Load and check a configuration file; secrets are fetched when a connection is made.

    Raises ConfigError, which names file, line and column.
    """
    settings = load_file(Path(config), environ, _known_kinds)
    if settings.policy.checks:
        _validate_checks(settings)
    if settings.policy.review:
        _validate_review(settings)
    if settings.policy.has_templates:
        _compile_rules(settings)
    if any(receiver.template for receiver in settings.receivers):
        _compile_notices(settings)
    return settings


def _known_kinds() -> dict[str, KnownKind]:
    from proxbox_plan.mapping import KINDS  # noqa: PLC0415 # the mapping takes longer to load than a file without kinds to read

    return {name: KnownKind([item.name for item in kind.fields], bool(kind.retired)) for name, kind in KINDS.items()}


def _validate_checks(settings: Settings) -> None:
    """Raise ConfigError for checks that name what does not exist, or can never match, before anything is planned."""
    from proxbox_plan.mapping.readable import kinds_of  # noqa: PLC0415 # few configurations have checks
    from proxbox_plan.policy.checks.validation import problems_of  # noqa: PLC0415
    from proxbox_plan.policy.checks.vocabulary import Vocabulary  # noqa: PLC0415

    vocabulary = Vocabulary.of(kinds_of(settings.policy), settings.clusters)
    findings = [
        (("checks", index, "when"), f"`when` of the check {check.name[:60]!r}: {problem}")
        for index, check in enumerate(settings.policy.checks)
        for problem in problems_of(check.when, vocabulary)
    ]
    if findings:
        raise settings.error(findings, "See docs/checks.md for what a check may name.")


def _validate_review(settings: Settings) -> None:
    """Raise ConfigError for rules of `review` that name what does not exist, or can never be met."""
    from proxbox_plan.mapping.readable import kinds_of  # noqa: PLC0415 # few configurations have such rules
    from proxbox_plan.policy.checks.vocabulary import Vocabulary  # noqa: PLC0415
    from proxbox_plan.policy.review.validation import problems_of  # noqa: PLC0415

    vocabulary = Vocabulary.of(kinds_of(settings.policy), settings.clusters)
    findings = [
        (("review", index, "when", *problem.place), problem.message)
        for index, rule in enumerate(settings.policy.review)
        for problem in problems_of(rule.when, vocabulary)
    ]
    if findings:
        raise settings.error(findings, "See docs/review.md for what a rule may name.")


def _compile_rules(settings: Settings) -> None:
    """Raise ConfigError for a rule whose template is invalid."""
    from proxbox_plan.rules.template_checks import check_rules  # noqa: PLC0415 # few configurations have templates

    if findings := list(check_rules(settings.policy)):
        raise settings.error(findings, "See docs/configuration.md#templates for what a template may read.")


def _compile_notices(settings: Settings) -> None:
    """Raise ConfigError for a template of a message that is invalid, or reads what there is not."""
    from proxbox_plan.report.notice import problem_of  # noqa: PLC0415 # few configurations notify

    found = ((index, problem_of(receiver.template)) for index, receiver in enumerate(settings.receivers))
    findings = [(("notify", index, "template"), problem) for index, problem in found if problem]
    if findings:
        raise settings.error(findings, "See docs/notify.md for what a template may read.")
