"""TLS settings for Proxmox, loaded once for all connections of a run.

requests loads its CA file again for every connection. With the usual bundle of public CAs that was most of the CPU time
of a small cluster's collection.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util import create_urllib3_context

from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.model.connection import ProxmoxConnection

CERTIFICATE_HINT = (
    "Set ca_file to the cluster's CA (/etc/pve/pve-root-ca.pem) and use a host name that is in the certificate."
)


def verification(connection: ProxmoxConnection, url: str) -> bool | str:
    """Return what requests takes as `verify`: a CA file or folder, true for its own bundle, false for none.

    Raises ProxmoxError when the file does not exist.
    """
    if not connection.verify_tls:
        return False
    if connection.ca_file is None:
        with requests.Session() as session:  # knows REQUESTS_CA_BUNDLE and the like
            settings = session.merge_environment_settings(url, proxies={}, stream=None, verify=True, cert=None)
            found = settings["verify"]
        return found if isinstance(found, str) else True
    if not connection.ca_file.is_file():
        raise ProxmoxError(f"The CA file {connection.ca_file} does not exist.", hint=CERTIFICATE_HINT)
    return str(connection.ca_file)


def tls_context(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 # what requests takes
    """Return the TLS settings for `verification`, as requests' own; ProxmoxError when they cannot be read."""
    if verify is False:
        return create_urllib3_context(cert_reqs=ssl.CERT_NONE)
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    place = Path(DEFAULT_CA_BUNDLE_PATH if verify is True else verify)
    try:
        if place.is_dir():
            context.load_verify_locations(capath=place)
        else:
            context.load_verify_locations(cafile=place)
    except OSError as error:  # ssl.SSLError is one
        raise ProxmoxError(
            f"The CA file {place} cannot be read: {error.strerror or error}.",
            hint="Set ca_file to a PEM file with certificates.",
        ) from None
    return context
