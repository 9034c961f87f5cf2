from __future__ import annotations

import inspect
import subprocess
import sys

import netbox_sdk
import netbox_sdk.client
import pytest

HOOKS = (
    "_cache_policy",
    "_safe_invalidate_related_cache",
    "_get_session",
    "_should_retry_with_v1",
    "request_bounded",
)


def test_the_version_is_the_one_the_client_was_written_for() -> None:
    """The client overrides private names; a new release needs a look at them before the pin moves."""
    assert netbox_sdk.__version__ == "0.0.13"


@pytest.mark.parametrize("name", HOOKS)
def test_the_methods_the_client_overrides_exist(name: str) -> None:
    """An override of a name that is gone would do nothing, silently."""
    assert callable(getattr(netbox_sdk.client.NetBoxApiClient, name))


def test_the_client_is_loaded_alone_and_the_rest_when_asked_for() -> None:
    """The whole package loads a JSON Schema validator and more, which no command should wait for."""
    code = (
        "import sys, proxbox_plan.clients.netbox.client as ours\n"
        "assert 'netbox_sdk.plugin_bridge' not in sys.modules and 'jsonschema' not in sys.modules\n"
        "import netbox_sdk\n"
        "from netbox_sdk import NetBoxApiClient, build_schema_index\n"
        "assert issubclass(ours.Session, NetBoxApiClient) and netbox_sdk.client.NetBoxApiClient is NetBoxApiClient\n"
        "assert 'netbox_sdk.plugin_bridge' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_cache_can_be_replaced() -> None:
    """The constructor takes the cache from two names of its module."""
    assert {"HttpCacheStore", "cache_dir"} <= set(vars(netbox_sdk.client))


def test_request_bounded_neither_caches_nor_redirects() -> None:
    """A cached answer is an old one, and a redirected POST becomes a GET."""
    source = inspect.getsource(netbox_sdk.client.NetBoxApiClient.request_bounded)
    assert "use_cache=False" in source
    assert "allow_redirects=False" in source
