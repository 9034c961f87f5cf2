"""Desired: the first phase of planning: every object that NetBox should hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import fill
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.problem import Problem
from proxbox_plan.model.state import State


@dataclass(frozen=True, slots=True)
class Desired:
    """The desired objects of an estate, and the problems with them."""

    estate: Estate
    objects: Mapping[Address, DesiredObject]
    held: Mapping[Address, Problem | None]  # not to be created: a value is in doubt, or it is a problem
    problems: tuple[Problem, ...]

    def sealed(self) -> Desired:
        """Return it with a digest on its inventory, which is complete now."""
        return replace(self, estate=self.estate.sealed())


def desire(state: State, inventory: Inventory, policy: Policy) -> Desired:
    """Return the desired objects.

    RefusedError for a state that is redacted; ConfigError where a rule of a cluster gives no value.
    """
    context = MappingContext(Estate.of(state, inventory, policy))
    fill(context)
    objects = MappingProxyType(context.desired)
    return Desired(context.estate, objects, MappingProxyType(context.held), tuple(context.problems))
