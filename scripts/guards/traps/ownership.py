"""What people wrote stays, and nothing is written twice: traps 10, 11 and 13."""

from __future__ import annotations

from scripts.guards.guard import Trap, guard

_OWNERSHIP = "tests/plan/test_ownership.py::"
_DAILY = "tests/plan/test_everyday_changes.py::"
_HOSTILE = "tests/security/test_hostile_cluster.py::test_it_is_synced_like_any_other"
_FIRST = "tests/end_to_end/test_first_sync.py::test_a_first_sync[fake-recorded standalone node]"

TRAPS = (
    Trap(
        10,
        "People's role, tags, platform, description overwritten",
        (
            guard(
                "a field of people's is left as they edited it",
                "plan/diff/ownership.py",
                "return (Verdict.WRITE if owner is Owner.PROXMOX else Verdict.LEAVE), cause",
                "return Verdict.WRITE, cause",
                f"{_OWNERSHIP}test_judgement_edited_in_netbox_stays",
                f"{_OWNERSHIP}test_an_edited_role_stays",
            ),
            guard(
                "the role is people's",
                "mapping/virtual_machine.py",
                'to=("device-role",),\n            owner=Owner.NETBOX,',
                'to=("device-role",),',
                f"{_OWNERSHIP}test_an_edited_role_stays",
            ),
            guard(
                "what was left is said",
                "plan/diff/three_way.py",
                "            if wanted.managed and not kind.support and item.name not in wanted.vague:",
                "            if kind is None:",
                f"{_OWNERSHIP}test_judgement_edited_in_netbox_stays",
            ),
            guard(
                "tags of people stay",
                "plan/diff/three_way.py",
                "(set(row.tags) - (ours - set(wanted.tags))) | set(wanted.tags)",
                "set(wanted.tags)",
                f"{_OWNERSHIP}test_tags_of_people_stay_and_ours_go_when_proxmox_drops_them",
            ),
            guard(
                "support objects are never overwritten",
                "plan/diff/three_way.py",
                "return Owner.CREATE_ONLY",
                "return item.owner",
                "tests/plan/test_matching.py::test_support_objects_are_found_by_name_or_slug_and_never_overwritten",
            ),
        ),
    ),
    Trap(
        11,
        "The second run is not silent",
        (
            guard(
                "numbers are compared as numbers",
                "plan/diff/three_way.py",
                "recorded(item, wanted.fields[item.name], self.ids)",
                "str(recorded(item, wanted.fields[item.name], self.ids))",
                f"{_DAILY}test_a_new_netbox_gets_everything_and_then_nothing",
                _FIRST,
            ),
            guard(
                "references are compared by id",
                "plan/diff/ownership.py",
                "        return ref_id(value)\n",
                "        return value\n",
                f"{_DAILY}test_a_new_netbox_gets_everything_and_then_nothing",
                _FIRST,
            ),
            guard(
                "long texts are compared by what is remembered of them",
                "plan/diff/ownership.py",
                "    return recorded(field, value, {})",
                "    return value",
                f"{_OWNERSHIP}test_a_long_note_is_remembered_by_its_hash",
            ),
            guard(
                "choices are compared by their value",
                "model/inventory/wire.py",
                'return value.get("value") if isinstance(value, dict) else value',
                'return value.get("label") if isinstance(value, dict) else value',
                _FIRST,
            ),
            guard(
                "texts are trimmed as NetBox trims them",
                "core/sanitize.py",
                '.replace("\\r", "\\n")).strip()',
                '.replace("\\r", "\\n"))',
                _HOSTILE,
            ),
            guard(
                "names are trimmed as NetBox trims them",
                "core/sanitize.py",
                'line = " ".join(_CONTROL.sub("", text or "").split())',
                'line = _CONTROL.sub("", text or "")',
                _HOSTILE,
            ),
        ),
    ),
    Trap(
        13,
        "A backup lock flaps the status",
        (
            guard(
                "the status does not depend on locks",
                "mapping/virtual_machine.py",
                'targets.text("status") or _STATUS.get(guest.status, "offline")',
                'targets.text("status") or ("offline" if guest.lock else _STATUS.get(guest.status, "offline"))',
                f"{_DAILY}test_a_backup_lock_does_not_flap_the_status",
            ),
            guard(
                "only creating and cloning make half a guest",
                "collect/proxmox/guests/guest.py",
                'frozenset({"create", "clone"})',
                'frozenset({"create", "clone", "backup"})',
                "tests/collect/proxmox/test_coverage.py::test_locks",
            ),
        ),
    ),
)
