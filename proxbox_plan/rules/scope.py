"""Scope: which guests are synced."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.model.policy import Scope
from proxbox_plan.model.state import Guest
from proxbox_plan.rules import conditions
from proxbox_plan.rules.conditions import CompiledCondition, UnmetCondition
from proxbox_plan.rules.rule_book import guest_subject


@dataclass(frozen=True, slots=True)
class CompiledScope:
    """A cluster's compiled scope."""

    scope: Scope
    cluster: str
    include: tuple[CompiledCondition, ...]
    exclude: tuple[CompiledCondition, ...]

    def includes(self, guest: Guest) -> bool:
        """Whether a guest is in scope. A template is not a virtual machine unless the configuration says so."""
        return not self.omits_template(guest) and self._admits(guest)

    def omits_template(self, guest: Guest) -> bool:
        """Whether a guest is omitted because it is a template."""
        return guest.template and self.scope.templates == "skip"

    def _admits(self, guest: Guest) -> bool:
        if self.scope.vmids and guest.vmid not in self.scope.vmids:
            return False
        if not self.include and not self.exclude:
            return True
        subject = guest_subject(guest, self.cluster)
        if any(not isinstance(condition.judge(subject), UnmetCondition) for condition in self.exclude):
            return False
        return not self.include or any(
            not isinstance(condition.judge(subject), UnmetCondition) for condition in self.include
        )


def compiled(scope: Scope, cluster: str) -> CompiledScope:
    """Return the compiled scope of a cluster."""
    include, exclude = (tuple(map(conditions.compiled, group)) for group in (scope.include, scope.exclude))
    return CompiledScope(scope, cluster, include, exclude)
