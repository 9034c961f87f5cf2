"""proxmoxer's session for reads only; whatever is the same in every read is computed once.

requests prepares every request anew: headers, cookies, proxies, TLS settings. For thousands of small reads of one host
that was more than half of a collection's CPU time, and Python's threads share one processor. TLS, proxies and error
messages stay those of requests' adapter.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode

import requests
import urllib3
from proxmoxer.backends.https import ProxmoxHTTPAuthBase, ProxmoxHttpSession
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from proxbox_plan.clients.exchange import Exchange
from proxbox_plan.clients.proxmox.answer import read_body, refuse_redirect
from proxbox_plan.clients.proxmox.reason import reason_of
from proxbox_plan.core.log import get_logger

logger = get_logger("proxbox_plan.clients.proxmox")


@dataclass(frozen=True)
class ReadAnswer:
    """The parts of a response that proxmoxer and the serializer read."""

    status_code: int
    reason: str
    content: bytes


class OneHostAdapter(HTTPAdapter):
    """requests' adapter for one host: it looks up the connection pool once, and uses given TLS settings."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        """Start without a connection."""
        super().__init__(pool_connections=1, pool_maxsize=1)
        self._tls = tls
        self._pool: Any = None

    def get_connection_with_tls_context(self, request: requests.PreparedRequest, verify: Any, **settings: Any) -> Any:  # type: ignore[override]  # as requests calls it
        """Return the pool of the host."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(request, verify, **settings)
        return self._pool

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """Return the settings of the pool: the CAs are in the TLS settings already and are not read again."""
        host, settings = super().build_connection_pool_key_attributes(request, verify, cert)
        read = {name: value for name, value in settings.items() if name not in {"ca_certs", "ca_cert_dir"}}
        return host, {**read, "ssl_context": self._tls}

    def cert_verify(self, *_: Any) -> None:
        """Do nothing: the pool has its TLS settings."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        """Return the path: through a proxy, HTTPS is a tunnel to the host."""
        del proxies
        return request.path_url

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> Any:
        """Return the response of the connection as it is."""
        del req
        return resp

    def close(self) -> None:
        """Close the connection."""
        super().close()
        self._pool = None


class ReadSession(ProxmoxHttpSession):  # type: ignore[misc]  # proxmoxer has no types
    """One thread's connection to one Proxmox; it only sends GET."""

    def __init__(self, cluster: str, root: str, auth: ProxmoxHTTPAuthBase, tls: ssl.SSLContext) -> None:
        """Take the cluster's name, the base URL of its API, the authentication, and the TLS settings."""
        super().__init__()
        self.attempt = 1
        self._cluster = cluster
        self.auth = auth
        self.headers["Accept"] = "application/json"
        # The environment is read once here, not for every request: that took a quarter of a read's time.
        self.proxies.update(get_environ_proxies(root))
        self.trust_env = False
        # proxmoxer sends the ticket only while the session holds no cookie of its own: accept none.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._root = root
        self._adapter = OneHostAdapter(tls)
        self.mount(root, self._adapter)
        self._headers: dict[str, Any] = {}
        self._ticket: str | None = None

    def request(self, method: str, url: str, params: dict[str, Any] | None = None, **_: Any) -> ReadAnswer:
        """Send one GET and return its complete response; a redirect is refused."""
        if method != "GET":
            raise ValueError(f"{method} is not a read")
        request = requests.PreparedRequest()
        request.method = method
        request.url = f"{url}?{urlencode(params)}" if params else url
        request.headers = self._prepared_headers()  # type: ignore[assignment]  # the connection takes a plain mapping
        exchange = Exchange(logger, "GET", f"{self._cluster}:{url.removeprefix(self._root)}", params, self.attempt)
        try:
            answer = self._answer(request)
        except requests.RequestException as error:
            exchange.failed(reason_of(error))
            raise
        exchange.answered(answer.status_code, answer.content)
        return answer

    def _answer(self, request: requests.PreparedRequest) -> ReadAnswer:
        raw: urllib3.HTTPResponse = self._adapter.send(
            request,
            stream=True,
            timeout=self.auth.timeout,
            verify=self.auth.verify_ssl,
            cert=self.auth.cert,
            proxies=self.proxies,
        )  # type: ignore[assignment]  # see `build_response`
        refuse_redirect(raw)
        return ReadAnswer(raw.status, raw.reason or "", read_body(raw, self.auth.timeout))

    def _prepared_headers(self) -> dict[str, Any]:
        """Return the headers of every request; rebuilt when the ticket changes."""
        ticket = getattr(self.auth, "pve_auth_ticket", "")
        if ticket != self._ticket:
            plain = requests.Request("GET", self._root, cookies=self.auth.get_cookies())
            self._headers = dict(self.prepare_request(plain).headers)
            self._ticket = ticket
        return self._headers
