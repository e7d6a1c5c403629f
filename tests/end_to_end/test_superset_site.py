"""The server as an operator has it: secrets kept, a second start that leaves it alone, Tollbook's look on every page.

Belongs here: what holds for the whole server.
Does not belong here: who sees what (test_superset_access.py), dashboards in a browser.
"""

from __future__ import annotations

import html
import json
import re
import stat
import time
from typing import Any

import pytest
import requests

from tests.support.superset_server import SupersetServer, services


def bootstrap(page: str) -> dict[str, Any]:
    """Return what a page hands to its script."""
    found = re.search(r'data-bootstrap="([^"]*)"', page) or re.search(r"data-bootstrap='([^']*)'", page)
    assert found is not None
    told: dict[str, Any] = json.loads(html.unescape(found[1]))
    return told


def test_keys_and_passwords_are_the_owners_alone_and_in_no_log(superset: SupersetServer) -> None:
    state = superset.root / "var" / "bi"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    secrets = [path for path in state.iterdir() if path.name.endswith(("-key", "-password"))]
    assert len(secrets) == 4
    logs = list((superset.root / "var" / "servers").glob("*.log*"))
    assert logs
    for path in secrets:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert len(path.read_text()) >= 16
        for log in logs:
            assert path.read_text() not in log.read_text(errors="replace"), (path, log)
    assert superset.password("admin") not in (superset.root / "output.txt").read_text()


def test_starting_again_leaves_the_server_that_runs(superset: SupersetServer) -> None:
    record = (superset.root / "var" / "servers" / "superset.json").read_text()
    began = time.monotonic()
    again = services(superset, "serve", "superset")
    assert again.returncode == 0, again.stderr
    assert f"superset runs (pid {json.loads(record)['pid']})" in again.stdout
    assert time.monotonic() - began < 15
    assert services(superset, "status").stdout.startswith("superset           pid")


def test_every_page_has_the_name_logo_colours_and_languages(superset: SupersetServer) -> None:
    page = requests.get(f"{superset.url}/login/", timeout=60)
    assert "<title>Tollbook</title>" in re.sub(r"\s+(?=</?title)|(?<=<title>)\s+|\s+(?=</title>)", "", page.text)
    assert "/tollbook/static/favicon.svg" in page.text
    common = bootstrap(page.text)["common"]
    for theme, algorithm in (("default", "default"), ("dark", "dark")):
        token = common["theme"][theme]["token"]
        assert common["theme"][theme]["algorithm"] == algorithm
        assert token["brandAppName"] == "Tollbook"
        picture = requests.get(superset.url + token["brandLogoUrl"], timeout=60)
        assert (picture.status_code, picture.headers["Content-Type"].partition(";")[0]) == (200, "image/svg+xml")
    assert common["theme"]["default"]["token"]["colorPrimary"] != common["theme"]["dark"]["token"]["colorPrimary"]
    assert set(common["menu_data"]["navbar_right"]["languages"]) == {"en", "de", "fr", "es"}
    assert common["d3_time_format"]["time"] == "%H:%M:%S"


def test_no_page_may_ask_another_host_for_anything(superset: SupersetServer) -> None:
    headers = requests.get(f"{superset.url}/login/", timeout=60).headers
    policy = headers["Content-Security-Policy"]
    assert "://" not in policy
    assert "unsafe-eval" not in policy
    assert "object-src 'none'" in policy
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_login_cookie_is_out_of_reach_of_scripts_and_other_sites(superset: SupersetServer) -> None:
    client = superset.client("a")
    cookie = next(cookie for cookie in client.session.cookies if cookie.name == "session")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "Lax"


@pytest.mark.parametrize(("language", "word"), [("de", "Einstellungen"), ("fr", "Paramètres"), ("es", "Configuración")])
def test_a_language_can_be_chosen(superset: SupersetServer, language: str, word: str) -> None:
    client = superset.client("a")
    client.get(f"/lang/{language}")
    assert bootstrap(client.get("/user_info/").text)["common"]["locale"] == language
    assert word in client.get(f"/superset/language_pack/{language}/").content.decode()
