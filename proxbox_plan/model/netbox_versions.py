"""NetBox's versions: which are supported, and what newer ones can do that older ones cannot.

What a kind or a field of ours needs is said there (`Kind.since`, `Field.since`); here is what is left: how NetBox is
spoken to. Each has the change of NetBox that brought it, and what is less without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Version = tuple[int, int]

NEVER: Final[Version] = (99, 0)
OLDEST: Final[Version] = (4, 2)
NEWEST: Final[Version] = (4, 7)
"""The newest version that was tested; one that is newer still is warned of, not refused."""
SUPPORTED: Final = tuple((OLDEST[0], minor) for minor in range(OLDEST[1], NEWEST[1] + 1))
"""From the oldest to the newest."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that NetBox can do since a version."""

    since: Version
    change: int  # number of the issue in NetBox's release notes
    name: str
    without: str  # what is less with an older NetBox

    def is_in(self, version: Version) -> bool:
        """Whether a NetBox of this version can do it."""
        return version >= self.since


GRAPHQL_FILTERS: Final = Feature(
    (4, 3), 7598, "filters of GraphQL", "`--inventory-cache` asks each list by itself whether it is as it was"
)
CHANGELOG_MESSAGES: Final = Feature(
    (4, 4),
    19713,
    "messages in the changelog",
    "no change is stamped with its plan, and drift names only users who never apply one",
)
OBJECT_TYPE_PATHS: Final = Feature(
    (4, 4),
    19722,
    "where objects of a type are listed",
    "a custom field of a type that is not planned keeps what it may point at from being deleted",
)
TOKEN_PERMISSIONS: Final = Feature(
    (4, 5), 20936, "a token's own permissions", "`doctor` cannot tell whether the token may delete"
)
V2_TOKENS: Final = Feature((4, 5), 20210, "v2 tokens", "the token is a v1 token (`Authorization: Token`)")
IF_MATCH: Final = Feature(
    (4, 6),
    21356,
    "ETag and If-Match",
    "an edit during the apply is noticed by the time stamp, right before each write: what is edited between the two "
    "is overwritten",
)
CURSOR: Final = Feature(
    (4, 6), 21363, "paging by id", "long lists are read page by page, and may shift while others write: they are sorted"
)
TAG_STEPS: Final = Feature(
    (4, 6),
    21771,
    "`add_tags` and `remove_tags`",
    "tags are written as a whole: one that is added right before the write is lost",
)
ENTRY_ERRORS: Final = Feature(
    (4, 7),
    20054,
    "all errors of a bulk request",
    "a batch of updates that is rejected is halved until the bad object is found",
)
MAC_FIELD: Final = Feature(
    (4, 7), 18821, "`mac_address` of interfaces", "each MAC address is an object of its own: two more requests"
)

FEATURES: Final = (
    GRAPHQL_FILTERS,
    CHANGELOG_MESSAGES,
    OBJECT_TYPE_PATHS,
    TOKEN_PERMISSIONS,
    V2_TOKENS,
    IF_MATCH,
    CURSOR,
    TAG_STEPS,
    ENTRY_ERRORS,
    MAC_FIELD,
)
"""All of them, the oldest first."""


def version_text(version: Version) -> str:
    """Return a version as people write it."""
    return f"{version[0]}.{version[1]}"
