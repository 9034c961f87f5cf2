"""What `proxbox.yaml` may hold. The schema for editors and the checks come from these models alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from proxbox_plan.config.forms import bare_host, base_url, proxy_url, secret_by_reference
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.kind import OnMissing, Owner
from proxbox_plan.model.policy import AddressFilter, Check, ClusterPolicy, ClusterRule, Limits, NodeRule, Rule
from proxbox_plan.model.policy.areas import Areas

ClusterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
TokenId = Annotated[str, StringConstraints(pattern=r"^[^@!\s]+@[^@!\s]+![^@!\s]+$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[^!\s]+@[^@!\s]+$")]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]
Host = Annotated[str, AfterValidator(bare_host)]
BaseUrl = Annotated[str, AfterValidator(base_url)]
ProxyUrl = Annotated[str, AfterValidator(proxy_url)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class SecretReference(Frozen):
    """Where a secret is: an environment variable, a file, or what a command prints. Exactly one of them."""

    env: VariableName | None = Field(default=None, description="Name of an environment variable.")
    file: Path | None = Field(default=None, description="File that holds it; relative to this configuration file.")
    command: tuple[str, ...] | None = Field(
        default=None, description="Program and arguments; what it prints is the secret. No shell."
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
    secret: SecretReference = Field(description="The secret Proxmox showed once.")


class NetBoxSection(Frozen):
    """NetBox: where it is and how to be let in."""

    url: BaseUrl = Field(description="Address of the web interface: https://netbox.example.com")
    token: SecretReference = Field(description="API token: v1 (40 characters) or v2 (nbt_KEY.SECRET).")
    verify_tls: bool = Field(default=True, description="Check NetBox's certificate.")
    ca_file: Path | None = Field(default=None, description="Certificates to trust; relative to this file.")
    proxy: ProxyUrl | None = Field(default=None, description="HTTP proxy to reach NetBox through.")
    timeout: Seconds = Field(default=120.0, description="Seconds for one request.")
    max_retries: int = Field(default=5, ge=0, le=100, description="Tries after the first one.")
    retry_delay: Seconds = Field(default=2.0, description="Seconds before the first retry; doubles each time.")
    max_concurrent: int = Field(default=4, ge=1, le=64, description="Requests in flight.")


class ClusterSection(ClusterPolicy):
    """One Proxmox cluster or standalone node: how to reach it, and how it is filed in NetBox."""

    name: ClusterName = Field(description="First part of every key of this cluster: choose it once, never change it.")
    host: Host = Field(description="Name or address of one node, or of a proxy before them.")
    token: TokenReference | None = Field(default=None, description="API token; or give `user` and `password`.")
    user: UserId | None = Field(default=None, description="user@realm, with `password`.")
    password: SecretReference | None = Field(default=None, description="Password of `user`.")
    verify_tls: bool = Field(default=True, description="Check Proxmox's certificate.")
    ca_file: Path | None = Field(default=None, description="Certificates to trust; relative to this file.")
    timeout: Seconds = Field(default=30.0, description="Seconds for one call.")
    workers: int = Field(default=12, ge=1, le=64, description="Calls at once.")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        by_password = self.user is not None or self.password is not None
        if (self.token is not None) == by_password or (self.user is None) != (self.password is None):
            raise ValueError("must have either `token`, or both `user` and `password`")
        return self

    def policy(self) -> ClusterPolicy:
        """Return the part that says how the cluster is filed, without the way to reach it."""
        return ClusterPolicy(**{name: getattr(self, name) for name in ClusterPolicy.model_fields})


class MappingSection(Frozen):
    """How Proxmox is mapped to NetBox, for all clusters."""

    create_sites: bool = Field(default=False, description="Create the clusters' sites when NetBox has none.")
    tag_managed: bool = Field(default=True, description="Put the tag `proxbox` on virtual machines and devices.")
    guest_tags: bool = Field(default=True, description="Put the guests' Proxmox tags on their virtual machines.")
    node_prefixes: bool = Field(default=False, description="Document the networks of the nodes as prefixes.")
    pool_tags: bool = Field(default=False, description="Tag virtual machines with the pool of their guest.")
    prefer: tuple[str, ...] = Field(default=(), description="Networks a primary IP is chosen from first.")
    addresses: AddressFilter = Field(default=AddressFilter(), description="Addresses that are not documented.")
    max_trunk_vlans: int = Field(
        default=64, ge=0, description="A NIC with more tagged VLANs than this is `tagged-all`."
    )


class LimitsSection(Frozen):
    """How much of what we manage one plan may change."""

    percent: int = Field(default=Limits().percent, ge=0, le=100, description="Of the managed objects of a kind.")
    minimum: int = Field(default=Limits().minimum, ge=0, description="Kinds with fewer objects have no percentage.")
    most: int | None = Field(default=None, ge=0, description="Objects of a kind, whatever share that is.")


class ConfigFile(Frozen):
    """The whole of `proxbox.yaml`, with the files it includes."""

    include: tuple[str, ...] = Field(
        default=(),
        description="Files to read too, relative to the one that names them; `clusters/*.yaml` is all of a folder.",
    )
    netbox: NetBoxSection | None = Field(default=None, description="Where NetBox is; not needed to collect.")
    clusters: tuple[ClusterSection, ...] = Field(
        description="The Proxmox clusters to read.", json_schema_extra={"minItems": 1}
    )
    rules: tuple[Rule, ...] = Field(default=(), description="What some guests get, in all clusters.")
    node_rules: tuple[NodeRule, ...] = Field(default=(), description="What some nodes get, in all clusters.")
    cluster_rules: tuple[ClusterRule, ...] = Field(
        default=(), description="What some clusters get, instead of their own key of that name."
    )
    mapping: MappingSection = Field(default=MappingSection(), description="How Proxmox is mapped to NetBox.")
    scope: Areas = Field(default=Areas(), description="What is synced. What is off is out of scope, never deleted.")
    owners: dict[str, dict[str, Owner]] = Field(default_factory=dict, description="Kind -> field -> whose word counts.")
    on_missing: dict[str, OnMissing] = Field(default_factory=dict, description="Kind -> what happens to the vanished.")
    limits: LimitsSection = Field(default=LimitsSection(), description="How much one plan may change.")
    checks: tuple[Check, ...] = Field(default=(), description="Rules about plans: what is denied or needs a label.")
    forget: tuple[str, ...] = Field(default=(), description="Addresses (`KIND:KEY`) of objects to let go of.")
