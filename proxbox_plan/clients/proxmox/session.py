"""proxmoxer's session for reads only, with what is the same in every read worked out once.

requests prepares every request from nothing: headers, cookies, proxies, the TLS settings of the connection. For
thousands of small reads of one host that was more than half of a collection's work, and Python's threads share one
processor. TLS, proxies and the words for failures stay those of requests' adapter.
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
    """What proxmoxer and our serializer look at of an answer."""

    status_code: int
    reason: str
    content: bytes


class OneHostAdapter(HTTPAdapter):
    """requests' adapter for one host: it looks up the pool of connections once, and is told whom to trust."""

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
        """Return what the pool is made with: the authorities are in the TLS settings already, and not read again."""
        host, settings = super().build_connection_pool_key_attributes(request, verify, cert)
        read = {name: value for name, value in settings.items() if name not in {"ca_certs", "ca_cert_dir"}}
        return host, {**read, "ssl_context": self._tls}

    def cert_verify(self, *_: Any) -> None:
        """Do nothing more: the pool was told what to trust when it was made."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        """Return the path: through a proxy, too, HTTPS is a tunnel to the host."""
        del proxies
        return request.path_url

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> Any:
        """Hand on the answer as it comes from the connection."""
        del req
        return resp

    def close(self) -> None:
        """Close the connection."""
        super().close()
        self._pool = None


class ReadSession(ProxmoxHttpSession):  # type: ignore[misc]  # proxmoxer has no types
    """One thread's connection to one Proxmox; it can GET, and nothing else."""

    def __init__(self, cluster: str, root: str, auth: ProxmoxHTTPAuthBase, tls: ssl.SSLContext) -> None:
        """Take the cluster's name, where its API begins, how this run is authenticated, and which CAs it trusts."""
        super().__init__()
        self.attempt = 1
        self._cluster = cluster
        self.auth = auth
        self.headers["Accept"] = "application/json"
        # The environment is read once here, not for every request: that took a quarter of a read's time.
        self.proxies.update(get_environ_proxies(root))
        self.trust_env = False
        # proxmoxer sends the ticket only while the session holds no cookie of its own: let nobody set one.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._root = root
        self._adapter = OneHostAdapter(tls)
        self.mount(root, self._adapter)
        self._headers: dict[str, Any] = {}
        self._ticket: str | None = None

    def request(self, method: str, url: str, params: dict[str, Any] | None = None, **_: Any) -> ReadAnswer:
        """Send one GET and return its answer, read to the end; a redirect is refused."""
        if method != "GET":
            raise ValueError(f"{method} is no read")
        request = requests.PreparedRequest()
        request.method = method
        request.url = f"{url}?{urlencode(params)}" if params else url
        request.headers = self._prepared_headers()  # type: ignore[assignment]  # a table is what the connection wants
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
        """Return the headers of every request: made anew when the ticket is another one."""
        ticket = getattr(self.auth, "pve_auth_ticket", "")
        if ticket != self._ticket:
            plain = requests.Request("GET", self._root, cookies=self.auth.get_cookies())
            self._headers = dict(self.prepare_request(plain).headers)
            self._ticket = ticket
        return self._headers
