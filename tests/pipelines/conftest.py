"""The stages of the end-to-end tests, with a forge around them."""

from __future__ import annotations

from tests.end_to_end.conftest import fake, set_up

__all__ = ["fake", "set_up"]
