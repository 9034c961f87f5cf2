"""The same object stays the same one, and no other: traps 5, 7, 8, 9 and 12."""

from __future__ import annotations

from scripts.guards.guard import Edit, Guard, Trap, guard

_DAILY = "tests/plan/test_everyday_changes.py::"
_MATCHING = "tests/plan/test_matching.py::"
_MOVES = "tests/plan/test_moves.py::"
_COLLECTOR = "tests/collect/proxmox/test_coverage.py::"
_END = "tests/end_to_end/"
_KEY = "return Key.of(self.name, guest.type, guest.vmid)"

TRAPS = (
    Trap(
        5,
        "Two clusters with the same vmids, nodes and names",
        (
            guard(
                "a guest's key begins with its cluster",
                "mapping/estate/views.py",
                _KEY,
                'return Key.of("lab", guest.type, guest.vmid)',
                f"{_MATCHING}test_two_clusters_with_the_same_vmids_nodes_and_names",
                f"{_END}test_first_sync.py::test_two_clusters_that_share_everything",
            ),
            guard(
                "a cluster of another site is another cluster",
                "mapping/cluster.py",
                '    adopted_in="scope",\n',
                "",
                f"{_MATCHING}test_a_cluster_of_another_site_is_not_adopted",
            ),
            guard(
                "a guest has moved only when it is gone where it was",
                "plan/match/moves.py",
                "if relocated or gone or is_replaced(desired.estate, key, row):",
                "if view:",
                f"{_MOVES}test_a_copy_is_not_a_move",
            ),
            Guard(
                "a guest has moved only when both parts of its fingerprint agree",
                (
                    Edit(
                        "plan/match/moves.py",
                        "rows_by_fingerprint.get(fingerprint, ())",
                        "rows_by_fingerprint.get(\n"
                        "        next((p for p in desired.estate.rows_by_fingerprint if p[0] == fingerprint[0]), ()),\n"
                        "        (),\n"
                        "    )",
                    ),
                    Edit(
                        "mapping/estate/relocated.py",
                        "(item.view.name == key.cluster or evidence is _Evidence.FINGERPRINT)",
                        "item",
                    ),
                ),
                (f"{_MOVES}test_a_restored_copy_is_not_a_move",),
            ),
        ),
    ),
    Trap(
        7,
        "Duplicate names, renames, a vmid used again",
        (
            guard(
                "a name that is taken gets the vmid",
                "mapping/virtual_machine.py",
                "if name and name.casefold() not in taken)",
                "if name)",
                f"{_DAILY}test_duplicate_names_get_the_vmid",
            ),
            guard(
                "names are compared whatever their case",
                "mapping/virtual_machine.py",
                "if name and name.casefold() not in taken)",
                "if name and name not in taken)",
                f"{_DAILY}test_duplicate_names_get_the_vmid",
            ),
            guard(
                "the name of a guest that is not visible stays taken",
                "mapping/virtual_machine.py",
                "if key.startswith(prefixes) and key not in known",
                "if not key",
                f"{_MATCHING}test_incomplete_guests_keep_their_names_reserved",
            ),
            guard(
                "an object is found by its key, whatever it is called",
                "plan/match/match.py",
                "row = self._estate.row(wanted.kind, wanted.key)\n        if row is not None and row.fingerprint and",
                "row = None\n        if row is not None and row.fingerprint and",
                f"{_DAILY}test_a_rename_says_so",
            ),
            guard(
                "another fingerprint under the same vmid is another guest",
                "plan/match/match.py",
                "if row is not None and own is None and not is_another(self._estate, wanted, row):",
                "if row is not None and own is None:",
                f"{_DAILY}test_a_reused_vmid_is_a_new_guest",
                f"{_END}test_everyday_changes.py::test_a_vmid_used_again_by_another_guest",
            ),
            guard(
                "a name is freed before it is taken",
                "plan/order/order.py",
                "[by_row[kind, row.id] for row in rows if (kind, row.id) in by_row]",
                "[]",
                f"{_DAILY}test_a_name_freed_and_taken_in_one_run_waits_for_its_turn",
                f"{_END}test_everyday_changes.py::test_names_that_change_places_in_a_row",
            ),
        ),
    ),
    Trap(
        8,
        "An address taken from another object, other mask, other VRF, shared",
        (
            guard(
                "an address that is assigned is not adopted",
                "mapping/ip_address.py",
                '    adopted_in="assigned_object",\n',
                "",
                f"{_MATCHING}test_an_address_of_another_object_is_never_taken",
                f"{_END}test_adoption.py::test_an_address_of_somebody_else_stays_theirs",
            ),
            guard(
                "an address of another object is not created again",
                "plan/match/match.py",
                "return self._judge_holders(ADDRESS, wanted, holders)",
                "return True",
                f"{_MATCHING}test_an_address_of_another_object_is_never_taken",
                f"{_END}test_adoption.py::test_an_address_of_somebody_else_stays_theirs",
            ),
            guard(
                "of two guests with one address only one gets it",
                "plan/match/address_claims.py",
                "if unique and others and not all_shared(",
                "if not unique and others and not all_shared(",
                f"{_MATCHING}test_an_address_on_two_new_guests_goes_to_one",
            ),
            Guard(
                "who has an address keeps it",
                (
                    Edit("plan/match/match.py", "return self._judge_holders(ADDRESS, wanted, holders)", "return True"),
                    Edit(
                        "plan/match/address_claims.py",
                        "if unique and others and not all_shared(",
                        "if not unique and others and not all_shared(",
                    ),
                ),
                (f"{_MATCHING}test_an_address_on_two_guests_is_a_problem",),
            ),
            guard(
                "an address waits until it is gone where it was",
                "plan/prune/feasible.py",
                "if address in planned and (address.kind, row.id) not in moving",
                "if not address",
                f"{_MATCHING}test_an_address_that_may_still_be_on_the_old_guest_waits",
            ),
            guard(
                "another mask is the same address in our key",
                "mapping/assigned_address.py",
                'return self.parent.child("ip", host(self.text))',
                'return self.parent.child("ip", self.text)',
                f"{_DAILY}test_another_mask_is_the_same_address",
            ),
            guard(
                "another mask is the same address in NetBox",
                "plan/relations/rows.py",
                'return value.split("/", maxsplit=1)[0]',
                "return value",
                f"{_END}test_adoption.py::test_an_address_of_somebody_else_stays_theirs",
            ),
            guard(
                "another VRF is another address",
                "mapping/ip_address.py",
                'Natural(("address", "vrf")',
                'Natural(("address",)',
                f"{_MATCHING}test_the_same_address_in_another_vrf_is_another_address",
            ),
            guard(
                "an address with a shared role may be on several",
                "plan/match/address_claims.py",
                "(given := shared_role(ADDRESS, holders)) is not None:",
                "(given := shared_role(ADDRESS, holders)) == 0:",
                "tests/plan/test_shared_addresses.py::test_the_copy_of_a_shared_address_has_its_role",
            ),
            guard(
                "an address that moves between guests is one object",
                "plan/match/address_claims.py",
                "if own is None and (found := self._documented(wanted, others, free)) is not None:",
                "if own is not None and (found := self._documented(wanted, others, free)) is not None:",
                "tests/plan/test_floating_addresses.py::test_both_show_it_for_a_moment",
            ),
            guard(
                "an address that moves between guests is not pruned on its way",
                "plan/prune/candidates.py",
                'elif kind is ADDRESS and row.fields.get("role") in FLOATING_ROLES:',
                'elif kind is not ADDRESS and row.fields.get("role") in FLOATING_ROLES:',
                "tests/plan/test_floating_addresses.py::test_no_guest_shows_it_for_a_moment",
            ),
        ),
    ),
    Trap(
        9,
        "Fifty NICs, the first of them not net0",
        (
            guard(
                "a NIC's number may be of any size",
                "collect/proxmox/parse/guest_config.py",
                r'r"net\d{1,3}"',
                r'r"net\d"',
                f"{_END}test_everyday_changes.py::test_fifty_nics_and_a_first_one_that_is_not_net0",
            ),
            guard(
                "every NIC is an interface",
                "mapping/vm_interface.py",
                "for nic in guest.guest.nics:",
                "for nic in guest.guest.nics[:32]:",
                f"{_DAILY}test_fifty_nics_and_a_first_one_that_is_not_net0",
            ),
            guard(
                "an address belongs to the NIC with its MAC",
                "mapping/estate/inside.py",
                "found = ((self.nic_of(seen.interface, seen.mac), seen) for seen in self._shown)",
                "found = ((self.guest.nics[0], seen) for seen in self._shown)",
                f"{_DAILY}test_fifty_nics_and_a_first_one_that_is_not_net0",
            ),
        ),
    ),
    Trap(
        12,
        "A live migration deletes and creates",
        (
            guard(
                "a guest's key does not name its node",
                "mapping/estate/views.py",
                _KEY,
                'return Key.of(self.name, guest.type, f"{guest.vmid}@{guest.node}")',
                f"{_DAILY}test_a_live_migration_is_a_patch_of_the_device",
            ),
            guard(
                "a guest that is not where the list said is looked up once more",
                "collect/proxmox/guests/guest.py",
                "if error.reason is not Incomplete.SERVER_ERROR:",
                "if error:",
                f"{_COLLECTOR}test_a_guest_that_migrates_during_the_run_is_found",
            ),
            guard(
                "a guest that disappears while it is read is not gone",
                "collect/proxmox/guests/guest.py",
                "return _nothing_certain(row, gone, options)\n    if now.node",
                "return _nothing_certain(row, COMPLETE, options)\n    if now.node",
                f"{_COLLECTOR}test_a_guest_that_disappears_during_the_run_is_not_absent",
            ),
        ),
    ),
)
