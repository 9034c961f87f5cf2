"""Only what was reviewed, once, by one: traps 14 to 17."""

from __future__ import annotations

from scripts.guards.guard import Edit, Guard, Trap, guard

_RUN = "tests/apply/test_run.py::"
_OWNERS = "tests/apply/concurrency/test_owners.py::"
_PRE = "tests/apply/preconditions/"
_SAFETY = "tests/end_to_end/test_safety.py::"
_FILE_LOCK = "tests/apply/locks/test_file_lock.py::"
_UNDO = "tests/end_to_end/test_forged_undo.py::"
_FAULTS = "tests/apply/test_faults.py::"
_LOOKS_AT_A_RESUME = Edit("apply/apply.py", "    if options.resume:\n        await run.look_up_pending()\n", "")

TRAPS = (
    Trap(
        14,
        "A dry run writes",
        (
            guard(
                "a client that only reads refuses to write",
                "clients/netbox/client.py",
                "        if self._read_only:",
                "        if self._read_only is None:",
                "tests/clients/test_netbox_security.py::test_read_only_sends_nothing_else",
            ),
            guard(
                "planning has no way to write",
                "api/planning.py",
                "read_only=True, on_wait=progress.waiting) as netbox:\n        if branch",
                "read_only=False) as netbox:\n"
                '        await netbox.write("POST", "/api/extras/tags/", {"name": "x", "slug": "x"})\n'
                "        if branch",
                f"{_SAFETY}test_plan_sends_only_get",
            ),
            guard(
                "Proxmox is only ever read",
                "clients/proxmox/client.py",
                "return resource.get(**params)",
                "return resource.create(**params)",
                f"{_SAFETY}test_plan_sends_only_get",
            ),
        ),
    ),
    Trap(
        15,
        "Two applies at once",
        (
            guard(
                "the lock on NetBox is one run's",
                "apply/locks/netbox_lock.py",
                "if _id_of(found) == self._who.id:",
                "if found:",
                "tests/apply/locks/test_netbox_lock.py::test_the_second_is_refused",
            ),
            guard(
                "the lock file is one process's",
                "apply/locks/file_lock.py",
                "free = _flock(descriptor, self.path)",
                "free = True",
                f"{_FILE_LOCK}test_a_second_apply_is_refused",
            ),
            guard(
                "a lock left behind is not broken",
                "apply/locks/file_lock.py",
                "if found is not None and not (resume and found.plan == who.plan):",
                "if self.left is not None:",
                f"{_FILE_LOCK}test_a_lock_left_behind_is_explained_and_not_broken",
            ),
            guard(
                "an apply that is interrupted while it claims the lock leaves none",
                "apply/locks/netbox_lock.py",
                "self._id, _ = await claim",
                "claim.cancel()",
                "tests/apply/locks/test_netbox_lock.py::test_an_apply_that_is_cancelled_while_it_claims_the_lock",
            ),
            Guard(
                "a run without its lock writes nothing more",
                (
                    Edit("apply/locks/netbox_lock.py", "        if self._lost:", "        if not self._id:"),
                    Edit(
                        "apply/locks/netbox_lock.py", "               self._on_lost(self._lost)", "               pass"
                    ),
                ),
                ("tests/apply/locks/test_lost_lock.py::test_a_run_that_loses_its_lock_stops_before_its_next_write",),
            ),
        ),
    ),
    Trap(
        16,
        "Killed half-way: duplicates",
        (
            Guard(
                "a resumed run looks for what landed unnoticed",
                (_LOOKS_AT_A_RESUME,),
                ("tests/apply/test_killed.py::test_sigkill_at_random_moments",),
            ),
            Guard(
                "a write whose answer was lost is looked up: before it is sent again, when it is refused, at a resume",
                (
                    Edit(
                        "apply/batches/uncertain.py",
                        "rest = await record_landed(context, attempt.changes)",
                        "rest = list(attempt.changes)",
                    ),
                    Edit(
                        "apply/batches/refusals.py",
                        "left = await record_landed(context, suspects) if suspects else []",
                        "left = suspects",
                    ),
                    _LOOKS_AT_A_RESUME,
                ),
                (f"{_FAULTS}test_a_write_whose_answer_is_lost",),
            ),
            guard(
                "a result is on disk before the next request",
                "apply/journal.py",
                "            os.fsync(self._descriptor)",
                "            pass",
                "tests/apply/test_journal.py::test_every_record_is_on_disk_when_it_returns",
            ),
            guard(
                "a plan that was begun is only resumed",
                "apply/apply.py",
                "    if not options.resume:\n        _refuse_begun(plan, earlier)\n",
                "",
                f"{_RUN}test_a_plan_is_begun_once",
            ),
            guard(
                "a plan is applied once, wherever its journal is",
                "apply/preconditions/history.py",
                "    if applied:\n",
                "    if False:\n",
                f"{_PRE}test_history.py::test_a_plan_is_applied_once_from_wherever",
            ),
        ),
    ),
    Trap(
        17,
        "Edited after the plan: overwritten",
        (
            guard(
                "every update and delete carries If-Match",
                "apply/batches/sender.py",
                "headers = if_match(",
                "if_match(",
                f"{_RUN}test_every_update_and_delete_carries_if_match",
                f"{_RUN}test_an_object_edited_during_the_apply",
            ),
            Guard(
                "a plan whose objects were edited is refused",
                (Edit("apply/apply.py", "            found.refuse_stale()\n", "            pass\n"),),
                (
                    f"{_RUN}test_an_object_edited_after_the_plan",
                    "tests/apply/preconditions/test_small_plan.py::test_an_object_edited_after_the_plan",
                    f"{_SAFETY}test_an_object_edited_between_plan_and_apply",
                ),
            ),
            guard(
                "what a change refers to is what it meant",
                "apply/preconditions/differences.py",
                "    return _of_referred(expected, expected.ref, row, known)\n",
                '    return ""\n',
                f"{_PRE}test_references.py::test_another_object_has_the_id",
                f"{_PRE}test_references.py::test_a_parent_that_another_user_marked",
            ),
            guard(
                "a tag that a guest or node got since the plan keeps all that belongs to it",
                "apply/preconditions/checks.py",
                "        kept_by_owners(netbox, kinds, plan.changes, open_changes),\n",
                "        asyncio.sleep(0, {}),\n",
                f"{_OWNERS}test_what_a_mark_keeps_when_it_is_planned_it_keeps_later[emptied-proxbox-protect]",
            ),
            guard(
                "and is looked for right before each delete",
                "apply/batches/dependents.py",
                "kept_by_owners(context.netbox, context.kinds, context.changes, deletes)",
                "asyncio.sleep(0, {})",
                f"{_OWNERS}test_a_mark_that_comes_while_it_is_written[emptied]",
            ),
            guard(
                "what a plan shows is compared with the live object",
                "apply/preconditions/differences.py",
                "    if wrong := _identity(change, kind, row, known) or _mark(change, kind, row):\n",
                '    if wrong := "":\n',
                f"{_PRE}test_edited_plan.py::test_what_is_shown_is_what_is_written_to",
                f"{_PRE}test_references.py::test_an_object_that_was_marked_without_a_trace",
            ),
            guard(
                "what no plan does is refused, whatever a plan says",
                "apply/preconditions/checks.py",
                "    check_permitted(plan, kinds, policy, netbox.moment)\n",
                "",
                f"{_PRE}test_edited_plan.py::test_what_no_plan_ever_does",
            ),
            guard(
                "what goes in its time is due by NetBox's own clock",
                "policy/permitted.py",
                "        if removal is not None and not _is_due(change, removal.period, now):\n",
                "        if False:\n",
                "tests/end_to_end/test_stages.py::test_one_that_is_not_due",
            ),
            guard(
                "what goes in its time has the stamp that the plan says",
                "apply/preconditions/differences.py",
                "    return _since(change, row) or _values(change, kind, row, known)\n",
                "    return _values(change, kind, row, known)\n",
                "tests/end_to_end/test_stages.py::test_another_stamp_than_the_plan_says",
            ),
            guard(
                "limits are computed again",
                "apply/preconditions/limits.py",
                "    if policy is None:\n",
                "    if True:\n",
                f"{_PRE}test_edited_plan.py::test_limits_are_computed_again",
            ),
            guard(
                "a plan does not permit itself to exceed a limit",
                "policy/permission.py",
                "        if not found or self.ignore_limits or (label is not None and label in self.labels):\n",
                "        if True:\n",
                f"{_PRE}test_edited_plan.py::test_a_plan_does_not_permit_itself",
            ),
            guard(
                "an undo deletes only what an apply created",
                "apply/preconditions/undone.py",
                "        if not created[change.address]:\n",
                "        if False:\n",
                f"{_UNDO}test_a_creation_that_is_no_longer_in_the_changelog",
            ),
            guard(
                "and only what the same one created",
                "apply/preconditions/undone.py",
                "        if created[change.address] != created[first.address]:\n",
                "        if False:\n",
                f"{_UNDO}test_what_another_apply_created",
            ),
            guard(
                "a shared object is what it was when the plan was made",
                "apply/preconditions/differences.py",
                "    if changed := _changed(expected, ref, row, known):\n",
                '    if changed := "":\n',
                f"{_PRE}test_references.py::test_a_vlan_that_was_edited",
                f"{_PRE}test_references.py::test_a_shared_object_that_was_edited",
            ),
            guard(
                "a name that another object has is not known by its slug",
                "apply/preconditions/look.py",
                "Looked(await renamed(netbox, by_slug))",
                "Looked({})",
                f"{_PRE}test_references.py::test_a_name_that_another_object_took",
            ),
            guard(
                "a tag that is gone is seen before the first write",
                "apply/preconditions/look.py",
                "    stale = dict(tags)\n",
                "    stale: dict[Address, str] = {}\n",
                f"{_PRE}test_references.py::test_a_tag_that_was_deleted_or_renamed",
            ),
            guard(
                "a plan that names no entry of a changelog with older ones is refused",
                "apply/preconditions/history.py",
                "    if not empty:\n",
                "    if False:\n",
                f"{_PRE}test_history.py::test_a_plan_that_was_edited_to_be_bound_to_none",
            ),
            guard(
                "a copy of NetBox is recognized by its changelog",
                "apply/preconditions/history.py",
                "    if not rows or position_of(rows[0]) != position:\n",
                "    if False:\n",
                f"{_PRE}test_history.py::test_an_older_copy",
                f"{_PRE}test_history.py::test_another_entry_in_its_place",
            ),
            guard(
                "a resumed apply reads back what it wrote",
                "apply/preconditions/landed.py",
                "    if wrong is not None:\n",
                "    if False:\n",
                f"{_PRE}test_landed.py::test_a_netbox_restored_from_a_backup",
            ),
            guard(
                "a resumed apply is held to the limits",
                "apply/preconditions/checks.py",
                "check_limits_again(netbox, kinds, plan, policy, consent, earlier)",
                "check_limits_again(netbox, kinds, plan, None if begun else policy, consent, earlier)",
                f"{_PRE}test_forged_resume.py::test_limits_hold",
            ),
            guard(
                "a newer time stamp at a resume needs a trace of the apply",
                "apply/preconditions/checks.py",
                "    edited = await unproven(netbox, kinds, plan, looked.moved, proven, earlier.landed, since.entry)\n",
                "    edited: list[Change] = []\n",
                f"{_PRE}test_forged_resume.py::test_what_a_person_edited_since",
            ),
            guard(
                "a plan that was applied completely is not resumed",
                "apply/preconditions/checks.py",
                "    if since.complete:\n",
                "    if False:\n",
                f"{_PRE}test_forged_resume.py::test_a_plan_that_was_applied_completely",
            ),
            guard(
                "an object that others edited meanwhile is left alone",
                "apply/concurrency/staleness.py",
                "if context.results.is_related(change) and await _is_safe(context, change, row):",
                "if row:",
                f"{_RUN}test_an_object_edited_during_the_apply",
            ),
            guard(
                "what waits for an object that did not land is not sent",
                "apply/results.py",
                "blocked = self.schedule.failed(change.address)",
                "blocked = []\n            self.schedule.landed(change.address)",
                "tests/apply/batches/test_refusals.py::test_a_rejected_object_and_what_waits_for_it",
            ),
        ),
    ),
)
