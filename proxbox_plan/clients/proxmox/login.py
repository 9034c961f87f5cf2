"""Authentication with Proxmox by API token or ticket, and its error messages."""

from __future__ import annotations

import requests
from proxmoxer.backends.https import ProxmoxHTTPApiTokenAuth, ProxmoxHTTPAuth, ProxmoxHTTPAuthBase
from proxmoxer.core import AuthenticationError

from proxbox_plan.clients.exchange import Exchange
from proxbox_plan.clients.proxmox.answer import admit
from proxbox_plan.clients.proxmox.reason import reason_of
from proxbox_plan.clients.proxmox.tls import CERTIFICATE_HINT
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.core.log import get_logger
from proxbox_plan.model.connection import ProxmoxConnection

logger = get_logger("proxbox_plan.clients.proxmox")

SECOND_FACTOR = "NeedTFA"
BAD_LOGIN = (requests.RequestException, ValueError, KeyError, TypeError, AttributeError, RecursionError)


def base_url(connection: ProxmoxConnection) -> str:
    """Return where the API begins; IPv6 addresses get their brackets."""
    host = connection.host.strip("[]")
    return f"https://{f'[{host}]' if ':' in host else host}:{connection.port}/api2/json"


class TicketAuth(ProxmoxHTTPAuth):  # type: ignore[misc]  # proxmoxer has no types
    """proxmoxer's ticket, requested without following redirects: the password goes to this host only.

    proxmoxer would renew it after an hour, in the middle of a read; this class renews it when the server rejects it.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Leave the request as it is: the ticket is a cookie, and reads need no CSRF token."""
        return request

    def fetch(self, password: str) -> None:
        """Get a ticket."""
        form = {"username": self.username, "password": password}
        url = f"{self.base_url}/access/ticket"
        exchange = Exchange(logger, "POST", url, None, 1)
        try:
            answer = requests.post(
                url,
                data=form,
                verify=self.verify_ssl,
                timeout=self.timeout,
                allow_redirects=False,
                hooks={"response": admit},
            )
        except requests.RequestException as error:
            exchange.failed(reason_of(error))
            raise
        exchange.answered(answer.status_code, answer.content)
        if answer.status_code != requests.codes.ok:
            raise AuthenticationError(str(answer.status_code))
        data = answer.json()["data"]
        if data.get("NeedTFA"):
            raise AuthenticationError(SECOND_FACTOR)
        ticket = data["ticket"]
        if not (isinstance(ticket, str) and ticket.isascii() and ticket.isprintable()):  # it goes into a header
            raise TypeError("no ticket")
        self.pve_auth_ticket = ticket

    def _get_new_tokens(self, password: str = "", otp: object = None, otptype: object = None) -> None:
        del otp, otptype
        self.fetch(password)


class Authentication:
    """Authenticates the requests of one run, and builds the errors for when that fails."""

    def __init__(self, connection: ProxmoxConnection, auth: ProxmoxHTTPAuthBase | None = None) -> None:
        """Keep the credentials that proxmoxer needs for every request."""
        self._connection = connection
        self._where = f"Proxmox of cluster {connection.cluster!r} at {connection.host}:{connection.port}"
        self.auth = auth

    @property
    def ticket(self) -> str:
        """The ticket in use; empty for an API token."""
        return self.auth.pve_auth_ticket if isinstance(self.auth, TicketAuth) else ""

    def renew(self, used: str) -> bool:
        """Replace the ticket that was `used`; False when that is not possible. Call it under a lock."""
        password = self._connection.password
        if not isinstance(self.auth, TicketAuth) or password is None:
            return False
        if self.auth.pve_auth_ticket != used:
            return True  # another thread renewed it first
        try:
            self.auth.fetch(password.get_secret_value())
        except (AuthenticationError, *BAD_LOGIN):
            return False
        return True

    def refused(self, status: int, reason: str) -> ProxmoxError:
        """Return the error for a login or first request that was rejected."""
        who = self._connection.user
        if self._connection.token_secret is not None:
            who = f"{who}!{self._connection.token_name}"
        if status in {requests.codes.unauthorized, requests.codes.forbidden}:
            taken = f" The secret comes from {source}." if (source := self._connection.secret_from) else ""
            hint = f"Check the user with its realm, the token's name and secret, and that neither has expired.{taken}"
            answer = f"{status} {reason}".strip()
            return ProxmoxError(f"{self._where} rejected the credentials of {who} ({answer}).", hint=hint)
        hint = "Open the same address in a browser, and check `systemctl status pveproxy` on the node."
        return ProxmoxError(f"{self._where} answered the first request with {status} {reason}.", hint=hint)

    def two_factors(self) -> ProxmoxError:
        """Return the error for an account whose password is not enough."""
        hint = "Use an API token; it needs no second factor."
        return ProxmoxError(f"{self._where} requires a second factor for {self._connection.user}.", hint=hint)

    def not_proxmox(self) -> ProxmoxError:
        """Return the error for a response that is not Proxmox's."""
        hint = "Check host and port (8006), and that no proxy or login page answers in place of Proxmox."
        return ProxmoxError(f"{self._where} did not answer like Proxmox VE.", hint=hint)

    def unreachable(self, error: requests.RequestException) -> ProxmoxError:
        """Return the error for a connection that could not be made."""
        text = str(error)
        if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE" in text.upper():
            return ProxmoxError(f"{self._where} has a certificate that could not be verified.", hint=CERTIFICATE_HINT)
        if isinstance(error, requests.TooManyRedirects | requests.exceptions.SSLError):
            return self.not_proxmox()
        if isinstance(error, requests.Timeout):
            why = f"did not answer within {self._connection.timeout:g} seconds"
            hint = "Check that the host is up and that no firewall drops the connection, or raise `timeout`."
        elif "NameResolutionError" in text:
            why, hint = "could not be found: the host name is unknown", "Check the spelling of host, and DNS."
        elif "refused" in text.lower():
            why, hint = "refused the connection", "Check the port (8006) and that pveproxy runs."
        else:
            why = "could not be reached"
            hint = "Check the network between this machine and Proxmox, and proxy settings in the environment."
        return ProxmoxError(f"{self._where} {why}.", hint=hint)


def log_in(connection: ProxmoxConnection, verify: bool | str) -> Authentication:  # noqa: FBT001 # what requests takes
    """Return the authentication for this connection; a ticket is fetched; a token is verified by the first request."""
    failed = Authentication(connection)
    options = {"verify_ssl": verify, "timeout": connection.timeout}
    if connection.token_secret is not None and connection.token_name:
        secret = connection.token_secret.get_secret_value()
        token = ProxmoxHTTPApiTokenAuth(connection.user, connection.token_name, secret, **options)
        return Authentication(connection, token)
    if connection.password is None:
        hint = "Give token_name and token_secret, or password."
        raise ProxmoxError(f"Cluster {connection.cluster!r} has no credentials.", hint=hint)
    try:
        password = connection.password.get_secret_value()
        ticket = TicketAuth(connection.user, password, base_url=base_url(connection), **options)
    except AuthenticationError as error:
        if str(error) == SECOND_FACTOR:
            raise failed.two_factors() from None
        raise failed.refused(int(str(error)), "authentication failure") from None
    except requests.exceptions.JSONDecodeError:
        raise failed.not_proxmox() from None
    except requests.RequestException as error:
        raise failed.unreachable(error) from None
    except BAD_LOGIN:
        raise failed.not_proxmox() from None
    return Authentication(connection, ticket)
