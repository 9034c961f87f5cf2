"""netbox-sdk's HTTP client without its disk cache, redirects, and retries with another token scheme.

The SDK keeps a disk cache that would plan against a dead server, and has no hook for a CA file or a proxy. All of
its private names that we use are used here, with the one version they were read in (tests/contract/test_sdk.py).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import netbox_sdk
from netbox_sdk import client as sdk
from netbox_sdk.config import Config
from netbox_sdk.exceptions import ResponseSizeLimitError

from proxbox_plan import __version__
from proxbox_plan.clients.netbox.tls import tls_context
from proxbox_plan.core.errors import ConfigError
from proxbox_plan.model.connection import NetBoxConnection

__all__ = ["ResponseSizeLimitError", "Session"]

_PATCHED_VERSION = "0.0.13"
_CONNECT_TIMEOUT = 10.0

logging.getLogger("netbox_sdk").addHandler(logging.NullHandler())
logging.getLogger("netbox_sdk").propagate = False  # it logs a traceback for each failed connection


class _NoCache:
    """Replaces the SDK's disk cache; stores nothing."""

    def __init__(self, root: object = None) -> None: ...

    def path_generation(self, path: str) -> int:  # noqa: ARG002 # the SDK's signature
        return -1

    @staticmethod
    def generation_is_available(generation: int) -> bool:  # noqa: ARG004 # the SDK's signature
        return False

    def load(self, *args: object, **kwargs: object) -> None:  # noqa: ARG002 # the SDK's signature
        return None

    def invalidate_path(self, path: str) -> None: ...

    def _mark_path_unavailable(self, path: str) -> None: ...


class _QuietConfig(Config):
    """The SDK's configuration with a repr that hides the token."""

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return [("base_url", self.base_url)]


class Session(sdk.NetBoxApiClient):
    """One connection pool to one NetBox."""

    def __init__(self, connection: NetBoxConnection) -> None:
        """Build the client without touching the home folder. Refuse a netbox-sdk whose private names may differ."""
        if netbox_sdk.__version__ != _PATCHED_VERSION:
            raise ConfigError(
                f"netbox-sdk {netbox_sdk.__version__} is installed, proxbox-plan works with {_PATCHED_VERSION} only",
                hint=f"pip install netbox-sdk=={_PATCHED_VERSION}",
            )
        names = vars(sdk)
        saved = {name: names[name] for name in ("HttpCacheStore", "cache_dir")}
        names.update(HttpCacheStore=_NoCache, cache_dir=lambda: None)
        try:
            super().__init__(_config(connection))
        finally:
            names.update(saved)
        self._connection = connection
        self._is_over = False
        self.persistent_headers["User-Agent"] = f"proxbox-plan/{__version__}"

    def _cache_policy(self, **_: object) -> None:
        return None

    async def _safe_invalidate_related_cache(self, path: str, payload: object) -> None: ...

    def _should_retry_with_v1(self, response: object) -> bool:  # noqa: ARG002 # the SDK's signature
        return False

    async def close(self) -> None:
        """Close the connections for good: what comes later, from a task that is being canceled, opens none again."""
        self._is_over = True
        await super().close()

    async def _get_session(self) -> aiohttp.ClientSession:
        if self._is_over:
            raise RuntimeError("Session is closed")  # as of the one that was open
        loop_id = id(asyncio.get_running_loop())
        if self._session is None or self._session.closed or self._session_loop_id != loop_id:
            connection = self._connection
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=connection.timeout, connect=_CONNECT_TIMEOUT),
                connector=aiohttp.TCPConnector(
                    limit=connection.max_concurrent, ssl=tls_context(connection), force_close=not _is_kept(connection)
                ),
                proxy=connection.proxy,
            )
            self._session_loop_id = loop_id
        return self._session


def _config(connection: NetBoxConnection) -> Config:
    token = connection.token.get_secret_value()
    options: dict[str, Any] = {"base_url": connection.url, "timeout": connection.timeout}
    if token.startswith("nbt_") and "." in token:
        key, secret = token.split(".", maxsplit=1)
        return _QuietConfig(token_version="v2", token_key=key, token_secret=secret, **options)  # noqa: S106 # a version
    return _QuietConfig(token_version="v1", token_secret=token, **options)  # noqa: S106 # a version


def _is_kept(connection: NetBoxConnection) -> bool:
    """Whether a connection is kept alive: only one with TLS, whose handshake is expensive.

    One without TLS usually reaches NetBox's workers directly: kept alive, it is bound to one worker, and all
    connections may be bound to the same one while the others are idle.
    """
    return connection.url.startswith("https:")
