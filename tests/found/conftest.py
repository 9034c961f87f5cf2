"""The stages of the end-to-end tests."""

from tests.end_to_end.conftest import set_up, settled_netboxes

__all__ = ["set_up", "settled_netboxes"]
