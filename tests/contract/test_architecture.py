"""The house rules hold in every Python source; and each rule bites when it is broken.

Belongs here: which rule holds for which files, and one broken example per way to break it.
Does not belong here: how a rule looks at source text (architecture.py).
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract import architecture

PROJECT = Path(__file__).resolve().parents[2]
SOURCE_FOLDERS = ("assets", "bench", "pipelines", "tests", "tools")
MAXIMUM_LINES = 450
ONLY_IN_ASSETS = {"dagster", "dagster_dbt", "dagster_graphql", "dbt", "duckdb", "pydantic", "rich", "typer"}

Rule = Callable[[str], list[str]]


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (PROJECT / folder).rglob("*.py"))


def broken(rule: Rule, paths: list[Path]) -> list[str]:
    assert paths, "no source file was found: the rule would hold for nothing"
    return [
        f"{path.relative_to(PROJECT)}:{finding}" for path in paths for finding in rule(path.read_text(encoding="utf-8"))
    ]


def text_files() -> list[Path]:
    """Return the files of the project: what git knows, and what it would take with `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = [PROJECT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


def test_pipelines_ask_no_clock_and_no_environment() -> None:
    assert broken(architecture.clock_or_environment, sources("pipelines")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "from datetime import datetime\nx = datetime.utcnow()",
        "from datetime import datetime as dt\nx = dt.now",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import perf_counter as tick\ntick()",
        "import os\nos.environ['HOME']",
        "from os import environ\nenviron.get('HOME')",
        "import os as o\no.getenv('HOME')",
        "import uuid\nuuid.uuid4()",
        "import random\nrandom.random()",
        "from pathlib import Path\nPath.cwd()",
        "def f():\n    from time import time\n    return time()",
    ],
)
def test_the_clock_rule_bites(source: str) -> None:
    assert architecture.clock_or_environment(source)


def test_the_clock_rule_lets_seeded_chance_and_given_instants_pass() -> None:
    source = "import random\nfrom datetime import datetime\nrandom.Random(1).random()\ndatetime(2026, 1, 1).time()"
    assert architecture.clock_or_environment(source) == []


def test_only_storage_touches_files() -> None:
    paths = [path for path in sources("pipelines") if path != PROJECT / "pipelines" / "storage.py"]
    assert broken(architecture.file_access, paths) == []


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "import os\nos.rename('a', 'b')",
        "from os import scandir\nscandir('.')",
        "from pathlib import Path\nPath('x').open()",
        "import shutil\nshutil.copy('a', 'b')",
        "import gzip\ngzip.open('x')",
        "import boto3\nboto3.client('s3')",
        "import polars as pl\npl.scan_parquet('x')",
        "def f(path): path.write_bytes(b'')",
        "def f(path): return list(path.iterdir())",
    ],
)
def test_the_file_rule_bites(source: str) -> None:
    assert architecture.file_access(source)


def test_the_file_rule_lets_streams_and_stores_pass() -> None:
    source = "import io, gzip\ndef f(store, stream):\n    store.open('k'); gzip.GzipFile(fileobj=stream); io.BytesIO()"
    assert architecture.file_access(source) == []
    source = "from importlib import resources\nresources.files('p').joinpath('x').read_text()"
    assert architecture.file_access(source) == []


def test_every_module_opens_with_its_charter() -> None:
    # A file of tests needs its sentence only (ruff's D100): the names of its tests say the rest.
    paths = [path for path in sources(*SOURCE_FOLDERS) if not path.name.startswith("test_")]
    assert broken(architecture.charter_gaps, paths) == []


def test_the_charter_rule_bites() -> None:
    assert architecture.charter_gaps('"""Reads files.\n\nBelongs here: reading.\n"""') == [
        "1: no 'Does not belong here'"
    ]
    assert len(architecture.charter_gaps("import os")) == 2


def test_only_assets_import_the_big_tools() -> None:
    def rule(source: str) -> list[str]:
        return [f"1: imports {name}" for name in sorted(architecture.imports(source) & ONLY_IN_ASSETS)]

    assert broken(rule, sources("pipelines", "tools")) == []
    assert rule("def f():\n    from duckdb import connect") == ["1: imports duckdb"]


def test_the_oracle_shares_no_code_with_what_it_judges() -> None:
    def rule(source: str) -> list[str]:
        return [
            f"1: imports {name}" for name in sorted(architecture.imports(source) & {"assets", "pipelines", "duckdb"})
        ]

    paths = sources("tests/oracle")
    if not paths:
        pytest.skip("tests/oracle holds no Python file")
    assert broken(rule, paths) == []
    assert rule("from pipelines import lake") == ["1: imports pipelines"]


def test_nothing_catches_everything_and_stays_silent() -> None:
    assert broken(architecture.swallowed_errors, sources(*SOURCE_FOLDERS)) == []
    assert architecture.swallowed_errors("try: f()\nexcept Exception: pass") == ["2: except Exception"]
    assert architecture.swallowed_errors("try: f()\nexcept: g()") == ["2: except everything"]
    assert architecture.swallowed_errors("try: f()\nexcept BaseException:\n    g()\n    raise") == []


def test_no_source_file_is_longer_than_one_mind_holds() -> None:
    suffixes = {".py", ".sql", ".yml", ".yaml"}
    lengths = {
        str(path.relative_to(PROJECT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in text_files()
        # a dashboard's layout is drawn in the browser and written by the exporter
        if path.suffix in suffixes and PROJECT / "superset" / "assets" not in path.parents
    }
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > MAXIMUM_LINES} == {}


def test_only_ci_knows_where_real_samples_lie() -> None:
    outside = "../" + "shared"
    knowing = {str(path.relative_to(PROJECT)) for path in text_files() if outside in path.read_text(encoding="utf-8")}
    assert knowing == {".ci/run"}


def test_the_project_has_no_superset_package() -> None:
    # A package of that name at the root would shadow apache-superset.
    assert not (PROJECT / "superset" / "__init__.py").exists()
