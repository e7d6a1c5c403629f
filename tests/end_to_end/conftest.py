"""The sites that end-to-end tests share: one pipeline run each in a session.

Belongs here: making them.
Does not belong here: what is expected of them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.demo import demo_configuration
from tests.landings import Landing, hostile_landing
from tests.support.published import Site
from tests.support.superset_server import SupersetServer, shared_folder, shared_server

DEMO_END = "2026-11-03T14"
"""Three days that hold a month's end and an ISO week's."""


@pytest.fixture(scope="session")
def hostile() -> Landing:
    """Return the landing of somebody who knows every rule of the domain page and uses it."""
    return hostile_landing(seed=0)


@pytest.fixture(scope="session")
def hostile_site(hostile: Landing, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the hostile landing, published once by the command line."""
    site = Site(tmp_path_factory.mktemp("hostile"))
    hostile.write(site.root)
    outcome = site.tollbook("run", "--as-of", f"{hostile.as_of:%Y-%m-%dT%H}")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return site


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return three days of demo traffic at 20,000 calls a day, published once by the command line."""
    site = Site(tmp_path_factory.mktemp("demo"))
    site.landing.mkdir(parents=True)
    (site.root / "tollbook.toml").write_text(demo_configuration())
    made = site.tollbook("demo", "--days", "3", "--calls-per-day", "20000", "--seed", "1", "--end", DEMO_END)
    assert made.returncode == 0, made.stdout + made.stderr
    outcome = site.tollbook("run", "--as-of", DEMO_END)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    (site.root / "output.txt").write_text(outcome.stdout)
    return site


@pytest.fixture(scope="session")
def superset(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> SupersetServer:
    """Return the session's Superset: two days of demo traffic up to the running hour, all dashboards, logins."""
    worker = hasattr(request.config, "workerinput")
    return shared_server(shared_folder(tmp_path_factory.getbasetemp(), worker=worker))


@pytest.fixture
def hostile_copy(hostile_site: Site, tmp_path: Path) -> Site:
    """Return a copy of the published hostile site, to do something to."""
    shutil.copytree(hostile_site.root, tmp_path / "site", symlinks=True)
    return Site(tmp_path / "site")
