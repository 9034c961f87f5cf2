"""Unexpected values end nothing: trap 18."""

from __future__ import annotations

from scripts.guards.guard import Trap, guard

_COLLECTOR = "tests/collect/proxmox/test_coverage.py::"
_HOSTILE = "tests/security/test_hostile_cluster.py::test_it_is_synced_like_any_other"

TRAPS = (
    Trap(
        18,
        "Odd types and values end the run",
        (
            guard(
                "numbers may come where texts are due",
                "collect/proxmox/api_models/answer.py",
                "return str(value) if numeric else value",
                "return value",
                f"{_COLLECTOR}test_a_healthy_cluster_is_complete",
            ),
            guard(
                "a bad row costs that row only",
                "collect/proxmox/api_models/answer.py",
                "            problem = problem or str(error)",
                "            raise",
                f"{_COLLECTOR}test_a_malformed_row_makes_the_list_incomplete",
            ),
            guard(
                "a bad line costs that line only",
                "collect/proxmox/parse/guest_config.py",
                "        except GrammarError as error:",
                "        except KeyError as error:",
                f"{_COLLECTOR}test_one_bad_line_costs_that_line_only",
                _HOSTILE,
            ),
            guard(
                "an address may have a zone",
                "collect/proxmox/parse/grammar.py",
                '    bare = ZONE.sub("", text.strip())',
                "    bare = text.strip()",
                "tests/collect/proxmox/test_grammar.py::test_addresses_are_canonical",
            ),
            guard(
                "control characters do not reach NetBox",
                "core/sanitize.py",
                'line = " ".join(_CONTROL.sub("", text or "").split())',
                'line = " ".join((text or "").split())',
                _HOSTILE,
            ),
        ),
    ),
)
