"""What could not be read is not gone: traps 1 to 4 and 6."""

from __future__ import annotations

from scripts.guards.guard import Trap, guard

_PLANNER = "tests/plan/test_coverage.py::"
_COLLECTOR = "tests/collect/proxmox/test_coverage.py::"
_PRIVILEGES = "tests/collect/proxmox/privileges/test_effective.py::"
_SAFETY = "tests/end_to_end/test_safety.py::"

TRAPS = (
    Trap(
        1,
        "The agent times out: addresses and interfaces deleted",
        (
            guard(
                "an address is gone only when the guest was seen inside",
                "plan/match/proof.py",
                'return Gone(with_parent=True) if nic is None else _from(inside.of_address(nic, "/".join(address)))',
                "return Gone()",
                f"{_PLANNER}test_a_silent_agent_deletes_no_address",
            ),
            guard(
                "a failed call to the agent is incomplete",
                "collect/proxmox/guests/agent.py",
                "incomplete(Incomplete.AGENT_SILENT, error.message) if is_silent else incomplete_because(error)",
                "COMPLETE",
                f"{_COLLECTOR}test_an_agent_that_does_not_answer",
                f"{_COLLECTOR}test_addresses_that_cannot_be_read",
            ),
            guard(
                "an answer without an address proves nothing",
                "collect/proxmox/guests/addresses.py",
                "elif expected and not any(_of_the_network(seen.address) for seen in addresses):",
                "elif False:",
                f"{_COLLECTOR}test_addresses_that_cannot_be_read",
            ),
            guard(
                "what a stopped guest does not show is incomplete",
                "collect/proxmox/guests/guest.py",
                'return incomplete(Incomplete.GUEST_STOPPED, f"{row.type}/{row.vmid} is {row.status}")',
                "return COMPLETE",
                f"{_COLLECTOR}test_a_healthy_cluster_is_complete",
            ),
        ),
    ),
    Trap(
        2,
        "One node offline: its guests deleted",
        (
            guard(
                "rows of guests on an offline node are not trusted",
                "collect/proxmox/guests/guest.py",
                "    if not online:  #",
                "    if False:  #",
                f"{_COLLECTOR}test_a_node_that_just_died_still_shows_its_guests_running",
            ),
            guard(
                "a row without status or name is not trusted",
                "collect/proxmox/guests/guest.py",
                "if row.status == UNKNOWN or row.name is None:",
                "if False:",
                f"{_COLLECTOR}test_a_row_without_fresh_numbers_is_not_trusted",
            ),
            guard(
                "what belongs to a guest that was not read is not gone",
                "plan/match/proof.py",
                "for part in (guest.coverage.row, guest.coverage.config):",
                "for part in ():",
                f"{_PLANNER}test_guests_of_an_offline_node_are_withheld",
                f"{_SAFETY}test_the_offline_node_of_the_recordings",
            ),
            guard(
                "a guest that is not listed is gone only when the list is whole",
                "plan/match/proof.py",
                "return _where(subject) or _from(view.cluster.coverage.guests, with_parent=len(parts) > 1)",
                "return Gone(len(parts) > 1)",
                f"{_PLANNER}test_an_incomplete_guest_list_deletes_nothing",
            ),
            guard(
                "without quorum no list is whole",
                "collect/proxmox/membership.py",
                "if cluster is not None and not cluster.quorate:",
                "if False:",
                f"{_COLLECTOR}test_without_quorum_no_list_is_complete",
            ),
        ),
    ),
    Trap(
        3,
        "A configuration call fails: the guest emptied",
        (
            guard(
                "what hangs off a guest is gone only when its configuration was read",
                "plan/match/proof.py",
                "(guest.coverage.row, guest.coverage.config)",
                "(guest.coverage.row,)",
                f"{_PLANNER}test_a_failed_config_leaves_the_children_alone",
            ),
            guard(
                "a configuration that was not read is incomplete",
                "collect/proxmox/guests/guest.py",
                "GuestDetails(COMPLETE, lost, GuestAddresses(seen),",
                "GuestDetails(COMPLETE, COMPLETE, GuestAddresses(seen),",
                f"{_COLLECTOR}test_a_configuration_that_cannot_be_read",
            ),
            guard(
                "a line that is not understood is incomplete",
                "collect/proxmox/parse/guest_config.py",
                "return read, wrong_shape(path, lines.problem) if lines.problem else COMPLETE",
                "return read, COMPLETE",
                f"{_COLLECTOR}test_one_bad_line_costs_that_line_only",
            ),
        ),
    ),
    Trap(
        4,
        "The source is unreachable or empty: everything deleted",
        (
            guard(
                "a cluster without any guest is refused",
                "plan/planning.py",
                "    _refuse_empty(estate)\n",
                "",
                f"{_PLANNER}test_an_empty_source_is_an_error",
            ),
            guard(
                "a cluster that cannot be read ends the run",
                "collect/proxmox/run.py",
                "        if leave_out is None or not clusters:\n            raise reason\n        leave_out",
                "        (leave_out or str)",
                "tests/collect/proxmox/test_run.py::test_one_unreachable_cluster_is_an_error",
                "tests/end_to_end/test_bad_input.py::test_an_unreachable_proxmox",
            ),
            guard(
                "a list of guests that cannot be read is an error",
                "collect/proxmox/cluster.py",
                'raise ProxmoxError(f"The list of guests cannot be read. {error}", hint=RIGHTS_HINT) from None',
                "return [], COMPLETE",
                f"{_COLLECTOR}test_an_unreadable_list_of_guests_is_an_error",
            ),
            guard(
                "a token that sees no guest is an error",
                "collect/proxmox/cluster.py",
                "if not guests and not privileges.anywhere(decisive):",
                "if False:",
                f"{_COLLECTOR}test_a_token_that_sees_no_guest_is_an_error",
            ),
            guard(
                "a list is whole only for who may see all of it",
                "collect/proxmox/cluster.py",
                "            privileges.prove(*SEE_GUESTS),\n        ),\n        storages",
                "        ),\n        storages",
                f"{_COLLECTOR}test_permissions_prove_the_list_of_guests",
            ),
            guard(
                "a list of guests without a node beside them is not whole",
                "collect/proxmox/cluster.py",
                "            _beside(members.nodes, nodes),\n",
                "",
                f"{_COLLECTOR}test_a_list_without_a_node_proves_nothing",
            ),
            guard(
                "an access list that is not whole proves nothing",
                "collect/proxmox/privileges/effective.py",
                "return first_incomplete(self._members(tree), self.access_list)",
                "return self._members(tree)",
                f"{_PRIVILEGES}test_without_sys_audit_on_access_nothing_is_proven",
                f"{_PRIVILEGES}test_an_access_list_that_is_not_whole_proves_nothing",
            ),
            guard(
                "NoAccess on a pool hides its members",
                "collect/proxmox/privileges/effective.py",
                "return first_incomplete(self._members(tree), self.access_list)",
                "return self.access_list",
                f"{_PRIVILEGES}test_no_access_on_a_pool_hides_guests_and_storages",
            ),
        ),
    ),
    Trap(
        6,
        "A filter added: filtered guests deleted",
        (
            guard(
                "what a filter excludes is out of scope",
                "plan/match/proof.py",
                "        if included is not True:\n"
                "            return _from(view.scope.doubt(guest)) if included is None else OutOfScope()\n",
                "",
                f"{_PLANNER}test_a_filter_deletes_nothing",
            ),
        ),
    ),
)
