"""How NetBox's certificate is verified."""

from __future__ import annotations

import ssl

from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.connection import NetBoxConnection


def tls_context(connection: NetBoxConnection) -> ssl.SSLContext | bool:
    """Return how aiohttp verifies the server: the system's CAs, one CA file, or not at all."""
    if not connection.verify_tls:
        return False
    if connection.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(connection.ca_file))
    except (OSError, ssl.SSLError) as error:
        raise NetBoxError(
            f"Cannot read the CA file {connection.ca_file}: {error}", hint="Set netbox.ca_file to a PEM file."
        ) from None
