"""Documents, without a server: read and written, compared, shown and described."""

from __future__ import annotations
