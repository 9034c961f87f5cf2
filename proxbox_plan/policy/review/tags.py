"""Tags: what a rule says of a tag, as Proxmox has it and as NetBox does."""

from __future__ import annotations

import re
from typing import Final

from proxbox_plan.core.patterns import is_expression
from proxbox_plan.core.sanitize import slug
from proxbox_plan.model.policy.review import ReviewCondition

_WILD: Final = re.compile(r"([*?]|\[[^\]]*\])")


def with_slugs(when: ReviewCondition) -> ReviewCondition:
    """Return a condition that knows a tag by its slug, too: NetBox says nothing else of the tags of a machine."""
    texts = (when.tag,) if isinstance(when.tag, str) else when.tag
    return when.replace(
        tag=None if texts is None else tuple(dict.fromkeys(known for text in texts for known in (text, _slug(text)))),
        any=tuple(map(with_slugs, when.any)),
        unless=None if when.unless is None else with_slugs(when.unless),
    )


def _slug(text: str) -> str:
    """Return the slug of a text, or the glob that fits the slugs of what a glob fits."""
    if is_expression(text):
        return text
    parts = _WILD.split(text)
    return slug(text) if len(parts) == 1 else "".join(p if _WILD.match(p) else slug(f"x{p}x")[1:-1] for p in parts)
