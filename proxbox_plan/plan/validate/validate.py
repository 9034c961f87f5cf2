"""Validate: NetBox's rules, one after the other, on what was matched.

What NetBox would refuse costs the part that it is about, never the rest, and is a problem that names both sides. What
it decides by rules that its REST API does not show (custom validators, protection rules, rows that the token may not
see) is only known when it has refused.
"""

from __future__ import annotations

from collections.abc import Callable

from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.validate.addresses import validate_addresses
from proxbox_plan.plan.validate.choices import validate_choices
from proxbox_plan.plan.validate.cluster_groups import validate_cluster_groups
from proxbox_plan.plan.validate.custom_fields import validate_custom_fields
from proxbox_plan.plan.validate.draft import Draft
from proxbox_plan.plan.validate.interface_types import validate_interface_types
from proxbox_plan.plan.validate.locations import validate_locations
from proxbox_plan.plan.validate.machines import validate_machines
from proxbox_plan.plan.validate.optional import without_optional
from proxbox_plan.plan.validate.platforms import validate_platforms
from proxbox_plan.plan.validate.relocations import validate_relocations
from proxbox_plan.plan.validate.scopes import validate_scopes
from proxbox_plan.plan.validate.tags import validate_tags
from proxbox_plan.plan.validate.vlans import validate_vlans

# The last one takes out the references to what the others refused.
_RULES: tuple[Callable[[Draft], None], ...] = (
    validate_machines,
    validate_addresses,
    validate_vlans,
    validate_locations,
    validate_relocations,
    validate_scopes,
    validate_cluster_groups,
    validate_interface_types,
    validate_platforms,
    validate_choices,
    validate_custom_fields,
    validate_tags,
    without_optional,
)


def validate(matched: Matched) -> Matched:
    """Return what NetBox takes of the matched objects, with a problem for the rest."""
    draft = Draft.of(matched)
    for rule in _RULES:
        rule(draft)
    return draft.done()
