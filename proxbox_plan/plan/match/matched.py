"""Pairing: what is wanted, and which NetBox object each of it is; questions to NetBox and plans both start from it."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.mapping import fill
from proxbox_plan.mapping.context import Context
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import State
from proxbox_plan.plan.match.match import Matcher, Matches
from proxbox_plan.plan.match.rows import Rows


@dataclass(frozen=True, slots=True)
class Pairing:
    """One state, one inventory and one policy, paired: at a large estate a third of the planner's work.

    Asking changes nothing of it; a plan adds to it, so that no second one can be made of the same pairing.
    """

    context: Context
    rows: Rows
    matches: Matches

    @property
    def inventory(self) -> Inventory:
        """What NetBox said."""
        return self.context.inventory

    def sealed(self) -> Pairing:
        """Return it with a digest on its inventory, which is whole now."""
        self.context.inventory = self.inventory.remade()
        return self


def pair(state: State, inventory: Inventory, policy: Policy) -> Pairing:
    """Work out what is wanted, and find the NetBox object of each.

    RefusedError for a state that is redacted; ConfigError where a rule of a cluster gives no value.
    """
    context = wants(state, inventory, policy)
    rows = Rows(inventory)
    return Pairing(context, rows, Matcher(context, rows).run())


def wants(state: State, inventory: Inventory, policy: Policy) -> Context:
    """Work out what is wanted alone; it fails as `pair` does."""
    context = Context(state, inventory, policy)
    fill(context)
    return context
