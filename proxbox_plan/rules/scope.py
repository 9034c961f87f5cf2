"""Scope: which guests are synced."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.model.policy import Scope
from proxbox_plan.model.protective_tags import IGNORE_TAG, has_tag
from proxbox_plan.model.state import Coverage, Guest
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.model.state.vlans import Wiring
from proxbox_plan.rules import conditions
from proxbox_plan.rules.conditions import CompiledCondition, any_of, negated
from proxbox_plan.rules.rule_book import guest_subject, unknown_keys


@dataclass(frozen=True, slots=True)
class CompiledScope:
    """A cluster's compiled scope."""

    scope: Scope
    cluster: str
    wiring: Wiring
    include: tuple[CompiledCondition, ...]
    exclude: tuple[CompiledCondition, ...]

    def includes(self, guest: Guest) -> bool | None:
        """Whether a guest is in scope; null when that depends on what is unknown of it.

        A template is not a virtual machine unless the configuration says so, and a tag in Proxmox excludes any guest.
        """
        return False if self.omits_template(guest) or has_tag(guest.tags, IGNORE_TAG) else self._admits(guest)

    def ignores(self, guest: Guest) -> bool:
        """Whether a guest would be in scope without its tag in Proxmox."""
        admitted = not self.omits_template(guest) and self._admits(guest) is not False
        return admitted and has_tag(guest.tags, IGNORE_TAG)

    def omits_template(self, guest: Guest) -> bool:
        """Whether a guest is omitted because it is a template."""
        return guest.template and self.scope.templates == "skip"

    def _admits(self, guest: Guest) -> bool | None:
        if self.scope.vmids and guest.vmid not in self.scope.vmids:
            return False
        if not self.include and not self.exclude:
            return True
        found = self.wiring.vlans_of(guest)
        subject = guest_subject(guest, self.cluster, found)
        unknown = unknown_keys(guest, found)
        excluded = any_of(condition.decide(subject, unknown) for condition in self.exclude)
        not_included = negated(any_of(condition.decide(subject, unknown) for condition in self.include))
        return negated(any_of((excluded, not_included if self.include else False)))

    def doubt(self, guest: Guest) -> Coverage:
        """Return why it is unknown whether a guest is in scope."""
        coverage, found = guest.coverage, self.wiring.vlans_of(guest)
        return first_incomplete(coverage.row, coverage.pool, coverage.config, coverage.agent, found.coverage)


def compiled(scope: Scope, cluster: str, wiring: Wiring) -> CompiledScope:
    """Return the compiled scope of a cluster."""
    include, exclude = (tuple(map(conditions.compiled, group)) for group in (scope.include, scope.exclude))
    return CompiledScope(scope, cluster, wiring, include, exclude)
