"""Connections: the addresses and credentials of Proxmox and NetBox; secrets never print."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from proxbox_plan.model.base import Frozen


class ProxmoxConnection(Frozen):
    """One Proxmox cluster's API. Either an API token (`token_id` + `token_secret`) or a password."""

    cluster: str = Field(description="Name of the cluster in the configuration.")
    host: str
    port: int = 8006
    user: str = Field(description="user@realm")
    token_name: str | None = Field(default=None, description="The part after `!` of an API token's id.")
    token_secret: SecretStr | None = None
    password: SecretStr | None = None
    secret_from: str = Field(default="", description="Where the configuration takes the secret from.")
    verify_tls: bool = True
    ca_file: Path | None = None
    timeout: float = Field(default=30.0, description="Seconds for one call.")
    workers: int = Field(default=12, description="Calls at once.")


class NetBoxConnection(Frozen):
    """NetBox's API and how hard to try. The `PROXBOX_NETBOX_*` environment sets the last four."""

    url: str
    token: SecretStr
    token_from: str = Field(default="", description="Where the configuration takes the token from.")
    verify_tls: bool = True
    ca_file: Path | None = None
    proxy: str | None = None
    timeout: float = Field(default=120.0, description="Seconds for one request.")
    max_retries: int = 5
    retry_delay: float = Field(default=2.0, description="Seconds before the first retry; doubles each time.")
    max_concurrent: int = Field(default=4, description="Requests in flight.")
