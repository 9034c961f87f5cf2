"""Settings of `proxbox lint`: which rules are on, how grave each is, and what it is told to leave alone."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.policy.rules import Condition, Texts


class RuleSettings(Frozen):
    """A rule of `proxbox lint`."""

    enabled: bool = Field(default=True, description="Whether the rule is tried.")
    severity: Severity | None = Field(default=None, description="Instead of the severity that the rule has by itself.")


class OldSnapshotSettings(RuleSettings):
    """The rule `old-snapshot`."""

    days: int = Field(default=30, ge=1, le=36_500, description="Days from which on a snapshot is old.")


def _rule(name: str, title: str, default: RuleSettings | None = None) -> Any:
    """Return the field of a rule: its name is its key in the configuration."""
    return Field(default=default or RuleSettings(), alias=name, description=title)


class LintRules(Frozen):
    """The rules of `proxbox lint`; docs/lint.md says what each finds."""

    guest_without_backup: RuleSettings = _rule("guest-without-backup", "Guest in no backup job.")
    disk_without_backup: RuleSettings = _rule("disk-without-backup", "Disk that the backup omits.")
    backup_job_disabled: RuleSettings = _rule("backup-job-disabled", "Backup job that is disabled.")
    backup_job_unknown_guest: RuleSettings = _rule("backup-job-unknown-guest", "Backup job with an unknown guest.")
    backup_job_unusable_storage: RuleSettings = _rule(
        "backup-job-unusable-storage", "Backup job on an unusable storage."
    )
    shared_backup_group: RuleSettings = _rule("shared-backup-group", "Guests of several clusters in one backup group.")
    guest_agent_off: RuleSettings = _rule("guest-agent-off", "Virtual machine without guest agent.")
    guest_not_on_boot: RuleSettings = _rule("guest-not-on-boot", "Running guest that does not start with its node.")
    privileged_container: RuleSettings = _rule("privileged-container", "Privileged container.")
    ha_guest_on_local_storage: RuleSettings = _rule("ha-guest-on-local-storage", "HA guest on local storage.")
    ha_guest_in_error: RuleSettings = _rule("ha-guest-in-error", "HA guest in error.")
    disk_on_unavailable_storage: RuleSettings = _rule("disk-on-unavailable-storage", "Disk on an unavailable storage.")
    replication_failing: RuleSettings = _rule("replication-failing", "Replication that fails.")
    old_snapshot: OldSnapshotSettings = _rule("old-snapshot", "Old snapshot.", OldSnapshotSettings())
    duplicate_mac: RuleSettings = _rule("duplicate-mac", "MAC address of several NICs.")
    duplicate_address: RuleSettings = _rule("duplicate-address", "IP address of several guests.")
    nic_on_missing_bridge: RuleSettings = _rule("nic-on-missing-bridge", "NIC on a bridge that its node does not have.")
    nic_vlan_mismatch: RuleSettings = _rule("nic-vlan-mismatch", "NIC in another VLAN than its prefix.")
    pending_sdn: RuleSettings = _rule("pending-sdn", "SDN change that is not applied.")
    name_not_dns: RuleSettings = _rule("name-not-dns", "Name that is no DNS name.")
    duplicate_name: RuleSettings = _rule("duplicate-name", "Name of several guests of a cluster.")
    node_versions_differ: RuleSettings = _rule("node-versions-differ", "Nodes of different releases.")

    def of(self, name: str) -> RuleSettings:
        """Return the settings of a rule, by its name."""
        found: RuleSettings = getattr(self, name.replace("-", "_"))
        return found

    @classmethod
    def title(cls, name: str) -> str:
        """Return what a rule finds, in a few words."""
        return (cls.model_fields[name.replace("-", "_")].description or "").removesuffix(".")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all rules."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


class LintException(Frozen):
    """What is no finding, and why."""

    rules: tuple[str, ...] = Field(default=(), description="Names of the rules; all of them when empty.")
    when: Condition | None = Field(default=None, description="Which guests, as in `rules`.")
    address: Texts | None = Field(
        default=None, description="Globs of addresses of any object: `sdn-zone:lab/*`, `backup-job:lab/nightly`."
    )
    reason: str = Field(default="", description="Why, for whoever reads the configuration.")

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if (self.when is None) == (self.address is None):
            raise ValueError("must have exactly one of the keys when and address")
        return self


class LintSettings(Frozen):
    """What `proxbox lint` looks for."""

    fail_on: Severity = Field(
        default=Severity.WARNING, description="Least severity that counts for `--detailed-exitcode` and for reports."
    )
    rules: LintRules = Field(default=LintRules(), description="Rules that are switched off or changed.")
    exceptions: tuple[LintException, ...] = Field(default=(), description="What is no finding.")
