"""The dbt project knows the lake's columns as pipelines/columns.py declares them.

Belongs here: the comparison of rendered files with what they are rendered from.
Does not belong here: what the columns mean.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "render_leg_columns.py"


def rendered() -> dict[Path, str]:
    spec = importlib.util.spec_from_file_location("render_leg_columns", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    files: dict[Path, str] = module.rendered()
    return files


@pytest.mark.parametrize("path", sorted(rendered()), ids=lambda path: path.name)
def test_rendered_files_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == rendered()[path], "run: python tools/render_leg_columns.py"
