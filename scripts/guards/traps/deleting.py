"""What a delete costs others: traps 31 and 32."""

from __future__ import annotations

from scripts.guards.guard import Trap, guard

_UNDO = "tests/plan/test_undo_emptied.py::"
_PLAN = "tests/plan/test_dependents.py::"
_WHOLE = "tests/end_to_end/test_deletes.py::"

TRAPS = (
    Trap(
        31,
        "A delete takes along what people attached to the object",
        (
            guard(
                "what depends on an object keeps it",
                "plan/relations/dependents.py",
                "if not (self._has_own_change(item) or self._is_written(item) or self._may_go(item)):",
                "if False:",
                f"{_PLAN}test_an_object_of_a_person",
            ),
            guard(
                "what the token may not see counts as there",
                "plan/relations/dependents.py",
                "if kind is None or not item.is_seen or item.effect is Effect.REFUSED:",
                "if not item.is_seen:\n            return True\n        if kind is None:",
                f"{_PLAN}test_what_the_token_may_not_see",
            ),
            guard(
                "what hangs on what goes along keeps both",
                "plan/relations/dependents.py",
                "if item.effect is Effect.DELETED and there not in seen and self._goes_along(item):",
                "if False:",
                f"{_PLAN}test_what_hangs_on_what_goes_along",
            ),
            guard(
                "what a person filled on an object of ours keeps what it points at",
                "plan/relations/dependents.py",
                "return row is not None and _is_written_by_us(row, item)",
                "return row is not None and row.key is not None",
                f"{_PLAN}test_what_a_person_filled_on_an_object_of_ours",
            ),
            guard(
                "what rows of ours say that they refer to is named, asked or not",
                "plan/relations/dependents.py",
                "yield from (item for item in self.referrers.of(*target) if (item.model",
                "yield from (item for item in () if (item.model",
                f"{_UNDO}test_the_undo_of_a_creation_says_what_loses_it",
            ),
            guard(
                "what was emptied along refers again to what an undo makes again",
                "plan/undo/emptied.py",
                "emptied = _emptied(rows, reborn, names) if reborn else {}",
                "emptied: dict[ObjectId, Any] = {}",
                f"{_UNDO}test_it_refers_to_it_again",
            ),
            guard(
                "an object that no question was about stays",
                "plan/relations/dependents.py",
                '                yield Dependent(kind=kind, on=number, model="")\n',
                "                pass\n",
                f"{_PLAN}test_it_was_never_asked",
            ),
            guard(
                "the plan is stale when an object shows more than it did",
                "apply/preconditions/checks.py",
                "    stale = dict.fromkeys((change.address for change in (*held, *edited)), EDITED)\n",
                "    stale = dict.fromkeys((change.address for change in edited), EDITED)\n",
                f"{_WHOLE}test_attached_after_the_plan",
            ),
            guard(
                "an apply looks again right before each delete",
                "apply/batches/sender.py",
                "free = await without_held(context, attempt)",
                "free: Attempt | None = attempt",
                f"{_WHOLE}test_a_note_written_after_the_plan",
            ),
        ),
    ),
    Trap(
        32,
        "A port has another name: its cable is torn off",
        (
            guard(
                "a port that only has another name is the same interface",
                "plan/match/without_key.py",
                "    if kind is INTERFACE:\n        yield from _by_port(wanted, known)\n",
                "",
                "tests/plan/test_renames.py::test_a_port_is_renamed",
                f"{_WHOLE}test_a_cabled_port_that_is_renamed",
            ),
        ),
    ),
)
