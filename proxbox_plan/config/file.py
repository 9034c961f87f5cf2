"""Models of `proxbox.yaml`. The JSON Schema for editors and the checks come from these models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from proxbox_plan.config.forms import bare_host, base_url, proxy_url, secret_by_reference
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.kind import Owner
from proxbox_plan.model.lint.settings import LintSettings
from proxbox_plan.model.policy import (
    AddressFilter,
    AddressRule,
    Check,
    ClusterPolicy,
    ClusterRule,
    Limits,
    Mode,
    NodeRule,
    ReviewRule,
    Rule,
)
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.policy.removal import RemovalRule
from proxbox_plan.model.policy.rules import Value

ClusterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
TokenId = Annotated[str, StringConstraints(pattern=r"^[^@!\s]+@[^@!\s]+![^@!\s]+$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[^!\s]+@[^@!\s]+$")]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]
Host = Annotated[str, AfterValidator(bare_host)]
BaseUrl = Annotated[str, AfterValidator(base_url)]
ProxyUrl = Annotated[str, AfterValidator(proxy_url)]
ReceiverName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
NotifiedDocument = Literal["plan", "outcome", "drift", "lint"]
Hours = Annotated[float, Field(gt=0, le=8760, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class SecretReference(Frozen):
    """Source of a secret: exactly one of an environment variable, a file, and the output of a command."""

    env: VariableName | None = Field(default=None, description="Name of an environment variable.")
    file: Path | None = Field(
        default=None, description="File that holds the secret; relative to this configuration file."
    )
    command: tuple[str, ...] | None = Field(
        default=None, description="Program and arguments, run without a shell; its output is the secret."
    )

    @model_validator(mode="before")
    @classmethod
    def _not_literal(cls, data: Any) -> Any:
        return secret_by_reference(data)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(form is not None for form in (self.env, self.file, self.command)) != 1:
            raise ValueError("must have exactly one of the keys env, file and command")
        if self.command == ():
            raise ValueError("must name a program in `command`")
        return self


class TokenReference(Frozen):
    """A Proxmox API token."""

    id: TokenId = Field(description="user@realm!name, as Proxmox shows it.")
    secret: SecretReference = Field(description="The secret that Proxmox showed when the token was created.")


class NetBoxSection(Frozen):
    """NetBox: its address and how to authenticate."""

    url: BaseUrl = Field(description="Address of the web interface: https://netbox.example.com")
    token: SecretReference = Field(description="API token: v1 (40 characters) or v2 (nbt_KEY.SECRET).")
    verify_tls: bool = Field(default=True, description="Check NetBox's certificate.")
    ca_file: Path | None = Field(default=None, description="CA certificates to trust; relative to this file.")
    proxy: ProxyUrl | None = Field(default=None, description="HTTP proxy in front of NetBox.")
    timeout: Seconds = Field(default=120.0, description="Timeout of one request, in seconds.")
    max_retries: int = Field(default=5, ge=0, le=100, description="Maximum number of retries.")
    retry_delay: Seconds = Field(
        default=2.0, description="Seconds before the first retry; doubles with each further one."
    )
    max_concurrent: int = Field(default=4, ge=1, le=64, description="Maximum number of requests in flight.")


class ClusterSection(ClusterPolicy):
    """One Proxmox cluster or standalone node: how to reach it, and how it is mapped to NetBox."""

    name: ClusterName = Field(description="First part of every key of this cluster; it must not change later.")
    host: Host = Field(description="Name or address of one node, or of a proxy in front of the nodes.")
    token: TokenReference | None = Field(
        default=None, description="API token; alternatively set `user` and `password`."
    )
    user: UserId | None = Field(default=None, description="user@realm; requires `password`.")
    password: SecretReference | None = Field(default=None, description="Password of `user`.")
    verify_tls: bool = Field(default=True, description="Check Proxmox's certificate.")
    ca_file: Path | None = Field(default=None, description="CA certificates to trust; relative to this file.")
    timeout: Seconds = Field(default=30.0, description="Timeout of one request, in seconds.")
    workers: int = Field(default=12, ge=1, le=64, description="Maximum number of requests in flight.")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        by_password = self.user is not None or self.password is not None
        if (self.token is not None) == by_password or (self.user is None) != (self.password is None):
            raise ValueError("must have either `token`, or both `user` and `password`")
        return self

    def policy(self) -> ClusterPolicy:
        """Return how the cluster is mapped, without how to reach it."""
        return ClusterPolicy(**{name: getattr(self, name) for name in ClusterPolicy.model_fields})


class MappingSection(Frozen):
    """How Proxmox is mapped to NetBox, for all clusters."""

    create_sites: bool = Field(default=False, description="Create the clusters' sites when NetBox has none.")
    enforce_global_unique: bool = Field(
        default=True,
        description="NetBox's own setting ENFORCE_GLOBAL_UNIQUE, which its API does not show: false lets several "
        "objects have the same address outside of VRFs.",
    )
    units: Literal["binary", "decimal"] = Field(
        default="binary",
        description="What memory and disks are counted in: MiB as Proxmox does, or MB, as NetBox shows them while its "
        "RAM_BASE_UNIT and DISK_BASE_UNIT are 1000.",
    )
    tag_managed: bool = Field(default=True, description="Put the tag `proxbox` on virtual machines and devices.")
    guest_tags: bool = Field(default=True, description="Put the guests' Proxmox tags on their virtual machines.")
    node_prefixes: bool = Field(default=False, description="Document the networks of the nodes as prefixes.")
    pool_tags: bool = Field(default=False, description="Tag virtual machines with the pool of their guest.")
    custom_fields: dict[str, Value] = Field(
        default_factory=dict,
        description="Custom field -> its value where NetBox requires one and no rule gives it, for objects of any "
        "kind: clusters, VLANs, roles, ...",
    )
    prefer: tuple[str, ...] = Field(
        default=(),
        description="Networks a primary IP is chosen from first. One that is set stays: clear it in NetBox, and the "
        "next plan chooses again.",
    )
    addresses: AddressFilter = Field(default=AddressFilter(), description="Addresses that are not documented.")
    max_trunk_vlans: int = Field(
        default=64, ge=0, description="A NIC with more tagged VLANs than this is `tagged-all`."
    )


class LimitsSection(Frozen):
    """Change limits: how many managed objects of one cluster a plan may change."""

    percent: int = Field(
        default=Limits().percent,
        ge=0,
        le=100,
        description="Maximum share of a cluster's objects of a kind, in percent.",
    )
    minimum: int = Field(
        default=Limits().minimum,
        ge=0,
        description="With fewer objects, 3 may go (1 device).",
    )
    most: int | None = Field(default=None, ge=0, description="Maximum number of a cluster's objects of a kind.")
    label: str | None = Field(
        default=None,
        min_length=1,
        description="`apply --label` with this label does what `apply --force-limit` does.",
    )


class ApplySection(Frozen):
    """Approvals: how many people must have signed a plan before it is applied."""

    require_approvals: int = Field(
        default=0,
        ge=0,
        le=100,
        description="How many people must have approved a plan (`proxbox approve`), other than its author.",
    )
    allowed_signers: Path | None = Field(
        default=None,
        description="File with the people who may approve and their SSH keys, as OpenSSH has it (`man ssh-keygen`); "
        "relative to this file.",
    )
    max_approval_age: Hours = Field(default=168.0, description="Hours after which an approval counts no more.")

    @model_validator(mode="after")
    def _signers_are_known(self) -> Self:
        if self.require_approvals and self.allowed_signers is None:
            raise ValueError("must name `allowed_signers` when approvals are required")
        return self


class ReceiverSection(Frozen):
    """A receiver of `proxbox notify`: a webhook, a mailbox or a chat."""

    name: ReceiverName = Field(description="What messages call it.")
    url: SecretReference = Field(
        description="Its address as Apprise has it (`slack://...`, `mailtos://...`, `jsons://...`); it holds a secret."
    )
    documents: tuple[NotifiedDocument, ...] = Field(
        default=("plan", "outcome", "drift", "lint"), description="Of which documents it hears."
    )
    template: str = Field(
        default="",
        max_length=2000,
        description="Text of the message, a template over `document`, `title`, `summary`, `clusters` and `link`; "
        "empty: the summary and the link.",
    )


class ConfigFile(Frozen):
    """The content of `proxbox.yaml` with the files it includes."""

    include: tuple[str, ...] = Field(
        default=(),
        description="Further files to read, relative to the including file; `clusters/*.yaml` includes all matches.",
    )
    netbox: NetBoxSection | None = Field(default=None, description="How to reach NetBox; not required to collect.")
    clusters: tuple[ClusterSection, ...] = Field(
        description="The Proxmox clusters to read.", json_schema_extra={"minItems": 1}
    )
    rules: tuple[Rule, ...] = Field(default=(), description="Rules for guests of all clusters.")
    node_rules: tuple[NodeRule, ...] = Field(default=(), description="Rules for nodes of all clusters.")
    cluster_rules: tuple[ClusterRule, ...] = Field(
        default=(), description="Rules for clusters; their values override the keys of the cluster."
    )
    address_rules: tuple[AddressRule, ...] = Field(
        default=(), description="Rules for addresses of guests and nodes of all clusters."
    )
    mapping: MappingSection = Field(default=MappingSection(), description="How Proxmox is mapped to NetBox.")
    scope: Areas = Field(
        default=Areas(),
        description="What is synced. An area that is off is out of scope: its objects are never deleted.",
    )
    owners: dict[str, dict[str, Owner]] = Field(
        default_factory=dict, description="Kind -> field -> which side is authoritative."
    )
    on_missing: dict[str, RemovalRule] = Field(
        default_factory=dict,
        description="Kind -> how objects that no longer exist in Proxmox are pruned; `decommission` only where NetBox "
        "has a status for that. In stages: `{decommission: now, delete: 30d}`.",
    )
    limits: LimitsSection = Field(default=LimitsSection(), description="How many objects one plan may change.")
    checks: tuple[Check, ...] = Field(
        default=(), description="Checks on plans: which changes are denied, require a label, or are pointed out."
    )
    review: tuple[ReviewRule, ...] = Field(
        default=(),
        description="Which changes a job may apply without a person (`auto`), which a person reviews (`review`), and "
        "which are never applied (`hold`). The first rule that is met decides; without one it is `review`.",
    )
    mode: dict[str, Mode] = Field(
        default_factory=dict,
        description="Kind -> `observe`: changes of its objects are shown, and never applied. Clusters have the same "
        "key.",
    )
    apply: ApplySection = Field(
        default=ApplySection(), description="What an apply requires beyond the plan: signed approvals."
    )
    lint: LintSettings = Field(default=LintSettings(), description="What `proxbox lint` finds; no plan depends on it.")
    notify: tuple[ReceiverSection, ...] = Field(
        default=(), description="Who hears of a document by `proxbox notify`; no plan depends on it."
    )
    forget: tuple[str, ...] = Field(
        default=(),
        description="Addresses (`KIND:KEY`) of objects to forget: they stay in NetBox, unmanaged.",
    )
