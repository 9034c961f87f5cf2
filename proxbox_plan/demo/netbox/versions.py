"""What an older NetBox does not do: one rule for each difference, with the change of NetBox that it comes from.

What models and fields a version has is in `schema/history.py`. The numbers are those of NetBox's issues, which its
release notes name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

Version = tuple[int, int]

RELEASES: Final[Mapping[Version, str]] = MappingProxyType(
    {(4, 2): "4.2.9", (4, 3): "4.3.7", (4, 4): "4.4.10", (4, 5): "4.5.10", (4, 6): "4.6.8", (4, 7): "4.7.3"}
)
"""The release that stands for each version."""
NEWEST_RELEASE: Final = RELEASES[max(RELEASES)]


@dataclass(frozen=True, slots=True)
class VersionRule:
    """Something that NetBox does since a version."""

    since: Version
    change: int
    what: str

    def is_in(self, version: Version) -> bool:
        """Whether a NetBox of this version does it."""
        return version >= self.since


TAG_IDS: Final = VersionRule((4, 3), 18783, "every model is filtered by `tag_id`")
SERVICE_PARENTS: Final = VersionRule(
    (4, 3), 8423, "a service has a parent by type and id; before, a device or a machine"
)
GRAPHQL_FILTERS: Final = VersionRule((4, 3), 7598, "GraphQL filters by any field")
MESSAGES: Final = VersionRule((4, 4), 19713, "`changelog_message` of a write is in the changelog")
OBJECT_TYPES: Final = VersionRule((4, 4), 19722, "`/api/core/object-types/` says where objects of a type are listed")
HOST_NAME: Final = VersionRule((4, 4), 19893, "the status has the host's name")
V2_TOKENS: Final = VersionRule((4, 5), 20210, "`Authorization: Bearer nbt_KEY.SECRET`; before, the keyword is `Token`")
AUTHENTICATION_CHECK: Final = VersionRule((4, 5), 20936, "`/api/authentication-check/` shows the token's user")
FIELDS_OF_CHANGES: Final = VersionRule((4, 5), 21139, "`fields` works for the changelog; before, all come back")
OMIT: Final = VersionRule((4, 5), 21244, "`omit` leaves fields out; before, all come back")
ETAGS: Final = VersionRule((4, 6), 21356, "ETag and If-Match")
CURSOR: Final = VersionRule((4, 6), 21363, "`start` pages by id; before, it is ignored")
TAG_STEPS: Final = VersionRule((4, 6), 21771, "`add_tags` and `remove_tags`; before, they are ignored")
MACHINES_ON_DEVICES: Final = VersionRule((4, 6), 12024, "a virtual machine may be on a device without a cluster")
ENTRY_ERRORS: Final = VersionRule(
    (4, 7),
    20054,
    "all objects of a bulk request that are refused are named, also those that do not exist; before, these are passed "
    "over, an update tells the first error, and a creation lists one entry for each object",
)
MAC_FIELD: Final = VersionRule((4, 7), 18821, "`mac_address` of an interface is written; before, it is ignored")

RULES: Final = (
    TAG_IDS,
    SERVICE_PARENTS,
    GRAPHQL_FILTERS,
    MESSAGES,
    OBJECT_TYPES,
    HOST_NAME,
    V2_TOKENS,
    AUTHENTICATION_CHECK,
    FIELDS_OF_CHANGES,
    OMIT,
    ETAGS,
    CURSOR,
    TAG_STEPS,
    MACHINES_ON_DEVICES,
    ENTRY_ERRORS,
    MAC_FIELD,
)
"""All of them, the oldest first."""


def version_of(release: str) -> Version:
    """Return major and minor version of a release."""
    major, minor = release.split(".")[:2]
    return int(major), int(minor)
