"""Together: the changes that have to do with each other, so that a plan can be cut between them and nowhere else.

What is changed of one guest or node is one group, as NetBox stamps it anew when a part of it changes: a plan of the
rest would be stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, Delete
from proxbox_plan.policy.review.holding import objects_of
from proxbox_plan.policy.review.parts import keys_of


def together(changes: Sequence[Change], kinds: Mapping[str, Kind]) -> Iterable[list[Change]]:
    """Return the changes in groups: what depends on each other, is of one object, or of one guest or node."""
    groups = _Groups()
    models = {kind.object_type: kind.name for kind in kinds.values()}
    for change in changes:
        for name in _names(change, models):
            groups.join(change.address, name)
    found: dict[object, list[Change]] = {}
    for change in changes:
        found.setdefault(groups.root(change.address), []).append(change)
    return found.values()


def _names(change: Change, models: Mapping[str, str]) -> Iterator[object]:
    """Yield everything that a change has in common with others of its group."""
    yield from change.depends_on
    yield from objects_of(change)
    yield from (("of", key.owner) for key in keys_of(change))
    if isinstance(change, Delete):  # what is emptied with it is stamped anew
        yield from ((models.get(item.model, ""), item.id) for item in change.along)


@dataclass(slots=True)
class _Groups:
    """Names in groups that grow together: each knows one that is nearer to the root of its group.

    A way to the root is halved whenever it is gone, and the smaller group joins the greater one: else the ways of a
    plan that creates thousands of objects get as long as the plan.
    """

    _above: dict[object, object] = field(default_factory=dict)
    _sizes: dict[object, int] = field(default_factory=dict)  # of roots; one where there is none

    def root(self, name: object) -> object:
        """Return the one name that all of a group lead to."""
        here, above = name, self._above.get(name, name)
        while here != above:
            further = self._above.get(above, above)
            self._above[here] = further
            here, above = further, self._above.get(further, further)
        return here

    def join(self, one: object, other: object) -> None:
        """Make one group of two."""
        great, small = self.root(one), self.root(other)
        if great == small:
            return
        sizes = self._sizes
        if sizes.get(great, 1) < sizes.get(small, 1):
            great, small = small, great
        sizes[great] = sizes.get(great, 1) + sizes.pop(small, 1)
        self._above[small] = great
