"""The estate: both sides as planning reads them, and what of NetBox is ours, protected or leaving."""

from __future__ import annotations
