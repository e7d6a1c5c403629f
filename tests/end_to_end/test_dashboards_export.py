"""What was changed in the browser goes back into the files, and nothing else does.

Belongs here: import, change over HTTP as the browser makes it, export, import again, on a running server.
Does not belong here: the shape of the files (tests/contract/test_superset_assets.py).
"""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import pytest

from tests.support.superset_server import PROJECT, Client, SupersetServer

ASSETS = PROJECT / "superset" / "assets"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ASSETS, tmp_path / "assets")
    return tmp_path / "assets"


def exported(server: SupersetServer, folder: Path) -> str:
    outcome = server.tollbook_bi("export", "--to", str(folder))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


def changed_lines(folder: Path) -> dict[str, list[str]]:
    """Return what differs from the project's files: by path, lines taken out and put in."""
    found = {}
    for path in sorted({*ASSETS.rglob("*.yaml"), *(ASSETS / p.relative_to(folder) for p in folder.rglob("*.yaml"))}):
        name = path.relative_to(ASSETS)
        before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        after = (folder / name).read_text(encoding="utf-8").splitlines() if (folder / name).exists() else []
        lines = [line for line in difflib.ndiff(before, after) if line[:1] in "+-"]
        if lines:
            found[name.as_posix()] = lines
    return found


def chart_id(admin: Client, name: str) -> int:
    answer = admin.get("/api/v1/chart/?q=(page_size:200)").json()["result"]
    (found,) = [row["id"] for row in answer if row["slice_name"] == name]
    return int(found)


@pytest.mark.slow  # five starts of the command
def test_export_after_import_changes_nothing_and_a_change_is_one_line(superset: SupersetServer, copy: Path) -> None:
    said = exported(superset, copy)
    assert changed_lines(copy) == {}
    assert "written" not in said

    admin = superset.client("admin")
    number = chart_id(admin, "Failover")
    answer = admin.put(f"/api/v1/chart/{number}", {"description": "Changed in the browser."})
    assert answer.ok, answer.text
    said = exported(superset, copy)
    changes = changed_lines(copy)
    assert list(changes) == ["charts/quality_failover.yaml"]
    assert "written   charts/quality_failover.yaml" in said
    assert "+ description: Changed in the browser." in changes["charts/quality_failover.yaml"]

    # the files win when they are imported again, twice the same
    for _ in range(2):
        outcome = superset.tollbook_bi("sync", "--force")
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert chart_id(admin, "Failover") == number
    exported(superset, copy)
    assert changed_lines(copy) == {}
