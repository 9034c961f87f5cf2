"""`docs/lint.md`: what `proxbox lint` finds, from the registry of its rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from proxbox_plan.lint.registry import RULES
from proxbox_plan.lint.rule import RegisteredRule
from proxbox_plan.model.lint.settings import LintRules, RuleSettings
from proxbox_plan.report.lint_words import LACKING
from scripts.pages.tables import table

PAGE: Final = Path(__file__).parents[2] / "docs" / "lint.md"
_OWN: Final = frozenset(RuleSettings.model_fields)
_HEAD: Final = """\
# Lint: what is wrong in the estate

Generated from the rules in `proxbox_plan/lint/` by `./dev generate`; don't edit it.

`proxbox lint` names what is wrong in Proxmox by itself, before anything is written to NetBox:

```sh
proxbox lint state.json                            # a saved state; needs no configuration
proxbox lint                                       # the configured clusters, read now
proxbox lint state.json --netbox                   # also compare VLANs with the prefixes of NetBox
proxbox lint state.json --report html=lint.html --report sarif=lint.sarif --detailed-exitcode
```

Each finding names the object (name, vmid, cluster, node) and what is wrong, each rule why it matters and what to do.
It reads Proxmox and NetBox, and writes to neither. `--out lint.json` saves the findings as a
[document](documents.md#lint), which `proxbox show` shows in any [format](reports.md). With `--detailed-exitcode` it
ends with 2 when a finding counts: a warning or an error, or what `lint.fail_on` says
([exit codes](problems.md#exit-codes)).

**What is not known is no finding.** Where a part of the estate was not read, its rules do not judge it, and the report
says so, once for each cause: a node that is offline, a token that may not see a storage, an area that `scope` switches
off. *Now* is the moment when the state was collected, so the same state gives the same findings tomorrow.

## Switch rules off, and except objects

```yaml
lint:
  fail_on: error                     # warning is the default; note counts everything
  rules:
    guest-not-on-boot: {enabled: false}
    guest-without-backup: {severity: error}
    old-snapshot: {days: 14}
  exceptions:
    - rules: [guest-without-backup]
      when: {tag: no-backup}         # a condition on guests, as in `rules` of the mapping
      reason: backed up by their database
    - address: sdn-zone:lab/test*    # any object by its address, for all rules
```

A rule or key that does not exist is an error, with a suggestion. A guest of which it is not known whether an exception
covers it is no finding. Of several guests with the same address or name, those that are excepted do not count.

Guests are all guests of the state, whether `scope` syncs them or not; templates are judged only for old snapshots.
Addresses are those that are documented in NetBox: `mapping.addresses` says which are not.

## Rules
"""
_UNKNOWN: Final = """\
## Not judged

Besides the reasons [why a part of Proxmox was not read](problems.md#incomplete):
"""
_REMEDIES: Final = {
    "no-inventory": "Pass `--netbox`, or `--inventory` with a file of `proxbox plan --save-inventory`.",
    "not-asked": "A saved inventory has the prefixes that the plan needed. Pass `--netbox` instead.",
    "no-time": "Collect the state anew.",
    "redacted": "Lint the state itself, then share the findings.",
    "rule-failed": "`proxbox validate --explain GUEST` shows which rule.",
}


def page() -> str:
    """Return the page."""
    rows = ((f"[`{rule.name}`](#{rule.name})", rule.severity.value, rule.title) for rule in RULES)
    unknown = ((f"`{code}`", words, _REMEDIES[code]) for code, words in LACKING.items())
    return "\n".join(
        [
            _HEAD,
            *table(("Rule", "Severity", "Finds"), rows),
            *(line for rule in RULES for line in _section(rule)),
            _UNKNOWN,
            *table(("Code", "Meaning", "What to do"), unknown),
        ]
    )


def _section(rule: RegisteredRule) -> Iterator[str]:
    yield f"### `{rule.name}`\n"
    yield f"{rule.title}: {rule.severity.value}.\n"
    yield f"* **Why it matters**: {rule.why}"
    yield f"* **What to do**: {rule.remedy}"
    yield f"* **Reads**: {rule.needs}."
    for name, field in type(LintRules().of(rule.name)).model_fields.items():
        if name not in _OWN:
            yield f"* **`{name}`**: {field.description} Default: `{field.default}`."
    yield ""
