"""What every test may ask for, and how property tests run.

Belongs here: fixtures more than one folder of tests needs, the profiles of hypothesis, the process's time zone.
Does not belong here: sample data or helpers of one part (they lie beside its tests), hooks that hide failures.

HYPOTHESIS_PROFILE: ``ci`` (default: the same cases in every run, so red means changed code) or ``dev`` (new cases
in every run; ``make test-all``). TOLLBOOK_SAMPLES: a folder with samples/ and golden/, real files that are not ours
to copy.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.fork_server import ForkServer
from tests.support.law import Runs

# Neither UTC nor a whole hour from it: code that lets the machine's zone in goes wrong here, not at a user's.
os.environ["TZ"] = "America/St_Johns"
time.tzset()

# What this machine is set to must not reach a test: each says itself where its state and its configuration lie.
for _name in list(os.environ):
    if _name == "DAGSTER_HOME" or (_name.startswith("TOLLBOOK_") and _name != "TOLLBOOK_SAMPLES"):
        del os.environ[_name]

# deadline: a busy machine is no defect. too_slow: the same.
settings.register_profile(
    "ci",
    derandomize=True,
    max_examples=50,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("dev", max_examples=200, deadline=None, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the Superset that the session's tests shared; the workers leave that to the session itself."""
    if not hasattr(session.config, "workerinput"):
        from tests.support.superset_server import shared_folder, stop_shared

        factory: pytest.TempPathFactory = session.config._tmp_path_factory
        stop_shared(shared_folder(factory.getbasetemp(), worker=False))


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the project's root."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of real sample files and reference answers (samples/, golden/), or skip."""
    named = os.environ.get("TOLLBOOK_SAMPLES")
    if not named:
        pytest.skip("TOLLBOOK_SAMPLES is not set: it names a folder of real files (samples/, golden/)")
    folder = Path(named)
    if not (folder / "samples").is_dir():
        pytest.fail(f"TOLLBOOK_SAMPLES is {named}, which holds no folder samples/: unset it or correct it")
    return folder


@pytest.fixture(scope="session")
def runs() -> Iterator[Runs]:
    """Return what runs a site, each time in a process of its own, without paying for imports each time."""
    server = ForkServer()
    yield Runs(server)
    server.close()
