"""What only looks like ours is not ours: traps 27 to 30."""

from __future__ import annotations

from scripts.guards.guard import Edit, Guard, Trap, guard

_CLAIMS = "tests/plan/test_claims.py::"
_TAGS = "tests/plan/test_protection.py::"
_OLDER = "tests/plan/test_older_state.py::"
_END = "tests/end_to_end/test_claims.py::"

TRAPS = (
    Trap(
        27,
        "An object that merely carries our key is updated or deleted: a copy, a half of ours, a field of another tool",
        (
            guard(
                "of several objects with one key none is ours",
                "mapping/estate/claims.py",
                "if len(found) > 1 or found[0].last_applied is None or not",
                "if found[0].last_applied is None or not",
                f"{_CLAIMS}test_it_is_left_alone_with_all_that_belongs_to_it[ambiguous-match]",
                f"{_CLAIMS}test_whatever_order_netbox_answers_in",
            ),
            guard(
                "a key without last-applied data makes nothing ours",
                "mapping/estate/claims.py",
                "if len(found) > 1 or found[0].last_applied is None or not",
                "if len(found) > 1 or not",
                f"{_CLAIMS}test_it_stays_when_its_guest_is_gone[delete-copied-key]",
                f"{_END}test_last_applied_data_that_is_not_ours[fake-None-copied-key]",
            ),
            Guard(
                "what belongs to it stays with it",
                (
                    Edit(
                        "plan/prune/candidates.py",
                        "if (kind.name, row.id) in used or estate.claims.hold(kind, row):",
                        "if (kind.name, row.id) in used:",
                    ),
                ),
                (f"{_CLAIMS}test_it_stays_when_its_guest_is_gone[decommission-copied-key]",),
            ),
            guard(
                "it is not adopted while it carries a key",
                "plan/match/match.py",
                "        if self._estate.claims.has(kind.name, row.id):\n            return False\n",
                "",
                f"{_CLAIMS}test_it_is_not_adopted_while_it_carries_a_key[copied-key]",
            ),
            Guard(
                "a field of another tool is refused: before anything is asked by it, and by the planner",
                (
                    Edit("collect/netbox/inventory.py", "    check_fields(inventory)\n", ""),
                    Edit("mapping/estate/estate.py", "        check_fields(inventory)\n", ""),
                ),
                (f"{_END}test_a_field_of_another_tool[fake-fields0-type is integer, not text]",),
            ),
        ),
    ),
    Trap(
        28,
        "One odd value in a custom field ends every plan, or makes an object look as if nothing had been applied",
        (
            guard(
                "what cannot be read is not empty",
                "collect/netbox/rows.py",
                "        return None, str(error)\n",
                "        del error\n        return LastApplied(), ''\n",
                f"{_END}test_last_applied_data_that_is_not_ours[fake-applied4-unreadable-metadata]",
            ),
            guard(
                "a reference in it is none of ours: apply could not resolve it",
                "model/last_applied.py",
                'if isinstance(value, dict) and {"kind", "name"} <= value.keys():',
                "if value is None:",
                "tests/model/test_last_applied.py::test_what_we_never_write_is_unreadable",
            ),
        ),
    ),
    Trap(
        29,
        "A tag in Proxmox is copied and then obeyed in NetBox for ever; a difference is suppressed without a word",
        (
            guard(
                "a protective tag of a guest does not reach NetBox",
                "mapping/virtual_machine.py",
                "            if is_protective(tag):\n                continue\n",
                "",
                f"{_TAGS}test_they_are_never_written_to_netbox[proxbox-protect]",
            ),
            guard(
                "a copy of it does not bind",
                "mapping/estate/protection.py",
                "return PROTECTIVE_TAGS.intersection(row.tags).difference(copied)",
                "return PROTECTIVE_TAGS.intersection(row.tags)",
                f"{_TAGS}test_a_tag_that_was_copied_does_not_bind[proxbox-ignore]",
                f"{_TAGS}test_a_tag_that_was_copied_does_not_bind[proxbox-protect]",
            ),
            guard(
                "an ignored guest is out of scope",
                "rules/scope.py",
                "if self.omits_template(guest) or has_tag(guest.tags, IGNORE_TAG) else",
                "if self.omits_template(guest) else",
                f"{_TAGS}test_an_ignored_guest_is_out_of_scope[proxbox-ignore]",
            ),
            guard(
                "what is left alone is counted",
                "plan/diff/diff.py",
                'left_alone.append(LeftAlone(address=wanted.address, name=wanted.name, tag=IGNORE_TAG, side="netbox"))',
                "pass",
                f"{_TAGS}test_what_an_ignored_object_differs_in_is_no_silent_agreement",
            ),
        ),
    ),
    Trap(
        30,
        "A state of last week: guests that were made since are decommissioned",
        (
            guard(
                "what was first applied after the state is unknown to it",
                "plan/match/proof.py",
                "if isinstance(proof, Gone) and estate.is_newer(key, row):",
                "if proof is None:",
                f"{_OLDER}test_what_was_first_applied_later_is_not_gone",
                f"{_OLDER}test_what_was_adopted_later_is_not_gone",
            ),
            guard(
                "a vmid that another guest has since is not given back",
                "plan/match/match.py",
                "if row is not None and self._estate.is_newer(wanted.key, row):",
                "if wanted is None:",
                f"{_OLDER}test_a_vmid_that_another_guest_has_since",
            ),
        ),
    ),
)
