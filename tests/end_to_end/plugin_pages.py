"""The list pages of netbox-proxbox, as a browser gets them."""

from __future__ import annotations

import html
import re
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

_PAGES = (
    "virtual_machines",
    "lxc_containers",
    "storage",
    "snapshots",
    "backups",
    "task-history",
    "replications",
    "backup-routines",
    "vm-templates",
    "sdn/zones",
    "sdn/vnets",
)


def pages(url: str) -> dict[str, str]:
    """Log in as the testbed's administrator and return the text of every list page, all rows on one."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    form = browser.open(f"{url}/login/", timeout=60).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    body = urlencode({"csrfmiddlewaretoken": token[1], "username": "admin", "password": "admin"}).encode()
    request = urllib.request.Request(f"{url}/login/", data=body, headers={"Referer": f"{url}/login/"})  # noqa: S310 # a test server
    assert "csrfmiddlewaretoken" not in browser.open(request, timeout=60).read().decode().partition("</form>")[0]
    return {
        page: html.unescape(browser.open(f"{url}/plugins/proxbox/{page}/?per_page=1000", timeout=60).read().decode())
        for page in _PAGES
    }
