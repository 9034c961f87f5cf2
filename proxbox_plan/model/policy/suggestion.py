"""Suggestion: the rules learned from what NetBox says of the guests, with their support and their exceptions."""

from __future__ import annotations

from pydantic import Field

from proxbox_plan.core.address import Address
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.policy.mapping_test import MappingTest
from proxbox_plan.model.policy.rules import Rule


class Disagreement(Frozen):
    """A value of a guest in NetBox that is not the one which the configuration gives."""

    address: Address = Field(description="Address of the virtual machine in plans.")
    name: str = Field(description="Name of the guest.")
    key: str = Field(description="Key of `set`: role, tenant, ...")
    netbox: str | None = Field(description="What NetBox has; null for nothing.")
    given: str | None = Field(description="What the configuration gives with the suggested rules; null for nothing.")


class SuggestedRule(Frozen):
    """A rule, and how well it describes what NetBox has."""

    rule: Rule
    guests: int = Field(description="Guests that get a value from it and have one in NetBox to compare with.")
    support: int = Field(description="Those of them whose values in NetBox are the same.")
    exceptions: tuple[Disagreement, ...] = Field(default=(), description="What the others have instead.")


class RuleSuggestion(Frozen):
    """Rules learned from NetBox: appended to those of the configuration, they make the first plan smallest."""

    guests: int = Field(description="Guests in scope that NetBox has.")
    missing: int = Field(default=0, description="Guests in scope that NetBox does not have.")
    unread: int = Field(default=0, description="Guests that are incomplete in the state: nothing is learned from them.")
    agreed: int = Field(description="Guests whose values are those of the configuration as it is.")
    agree: int = Field(description="The same with the suggested rules.")
    filled: int = Field(default=0, description="Values that NetBox lacks and every configuration gives.")
    rules: tuple[SuggestedRule, ...] = Field(default=(), description="In the order they are tried.")
    unruled: tuple[Disagreement, ...] = Field(
        default=(), description="What differs from the configuration where no suggested rule gives the value."
    )
    tests: tuple[MappingTest, ...] = Field(
        default=(), description="Mapping tests: real guests of each rule, and its exceptions."
    )

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """All values that the configuration with the suggested rules does not give as NetBox has them."""
        return (*(found for rule in self.rules for found in rule.exceptions), *self.unruled)
