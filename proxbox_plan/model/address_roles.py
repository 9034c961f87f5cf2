"""Roles of IP addresses in NetBox: its own list, which plugins do not extend.

Source: `IPAddressRoleChoices` and `IPADDRESS_ROLES_NONUNIQUE` of NetBox 4.7.
"""

from __future__ import annotations

from typing import Final

SHARED_ROLES: Final = frozenset({"anycast", "vip", "vrrp", "hsrp", "glbp", "carp"})
"""With these several objects may have the same address, if each of them has one."""
FLOATING_ROLES: Final = SHARED_ROLES - {"anycast"}
"""An address with one of these is one address that moves between its holders; an anycast one is on each of them."""
ADDRESS_ROLES: Final = frozenset({"loopback", "secondary"}) | SHARED_ROLES
