"""The fronts: the web servers that NetBox runs behind, and the settings of NetBox that a client notices.

Each is one way in which people run NetBox. NetBox's own examples are in `contrib/` of its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    Value = str | int | bool

NETBOX_EXAMPLE_BODY = "25m"  # contrib/nginx.conf
SMALL_BODY = "64k"  # nginx's own default is 1m, which no request of a hundred objects is


@dataclass(frozen=True)
class Nginx:
    """The web server in front of NetBox's own."""

    tls: bool
    largest_body: str


@dataclass(frozen=True)
class Front:
    """Which servers a request passes, and what differs in NetBox's configuration."""

    about: str
    server: Literal["gunicorn", "uwsgi"]
    nginx: Nginx | None = None
    workers: int = 5  # of gunicorn
    settings: Mapping[str, Value] | None = None

    @property
    def scheme(self) -> str:
        """How its address begins."""
        return "https" if self.nginx is not None and self.nginx.tls else "http"

    @property
    def base_path(self) -> str:
        """Where NetBox is below the address, without a slash at its end."""
        path = str((self.settings or {}).get("BASE_PATH", "")).strip("/")
        return f"/{path}" if path else ""


DEFAULT = "gunicorn"
FRONTS = {
    DEFAULT: Front("gunicorn alone, without TLS", "gunicorn"),
    "uwsgi": Front(
        "nginx with TLS and uWSGI, as NetBox's own examples have them",
        "uwsgi",
        Nginx(tls=True, largest_body=NETBOX_EXAMPLE_BODY),
    ),
    "strict": Front(
        "nginx and uWSGI; NetBox at a sub-path, with pages of 100, without GraphQL, and bodies of 64 kB at most",
        "uwsgi",
        Nginx(tls=False, largest_body=SMALL_BODY),
        settings={
            "BASE_PATH": "netbox/",
            "MAX_PAGE_SIZE": 100,
            "GRAPHQL_ENABLED": False,
            "LOGIN_REQUIRED": True,
        },
    ),
    "german": Front(
        "nginx with TLS and gunicorn; NetBox's labels and messages are in German",
        "gunicorn",
        Nginx(tls=True, largest_body=NETBOX_EXAMPLE_BODY),
        workers=2,  # each takes seconds to start
        settings={"DEFAULT_LANGUAGE": "de"},
    ),
}
