"""Every model of dbt_project/ says what a row is, tests its key, and every mart holds its contract.

Belongs here: checks of the YAML beside the models, read as text.
Does not belong here: whether the SQL is right (dbt's own tests, tests/end_to_end), its style (sqlfluff).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DBT_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
MODELS = DBT_PROJECT / "models"
PUBLISHED_SCHEMAS = {"marts", "portal", "billing"}

Model = dict[str, Any]


def declared_models() -> dict[str, Model]:
    """Return the YAML of every model, by name."""
    found: dict[str, Model] = {}
    for path in sorted([*MODELS.rglob("*.yml"), *MODELS.rglob("*.yaml")]):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            assert model["name"] not in found, f"{model['name']} is declared twice"
            found[model["name"]] = model
    return found


def model_files() -> dict[str, Path]:
    return {path.stem: path for path in sorted(MODELS.rglob("*.sql"))}


def names_of_tests(item: Model) -> list[str]:
    """Return the names of the data tests of a model or column; a test is a name or a mapping with one."""
    tests = [*item.get("data_tests", []), *item.get("tests", [])]
    return [test if isinstance(test, str) else str(test.get("test_name") or next(iter(test))) for test in tests]


def has_key_test(model: Model) -> bool:
    """Say whether a test holds the key: one on the model that is named for it, or ``unique`` on a column."""
    on_model = any("unique" in name or "key" in name for name in names_of_tests(model))
    on_column = any("unique" in names_of_tests(column) for column in model.get("columns", []))
    return on_model or on_column


def folder_config(project: Model, folders: tuple[str, ...], key: str) -> Any:
    """Return what dbt_project.yml says of *key* for models in a folder below models/: the innermost word counts."""
    found = None
    level = project["models"][project["name"]]
    for folder in folders:
        level = level.get(folder) or {}
        found = level.get(f"+{key}", found)
    return found


def published_models() -> dict[str, bool]:
    """Return the models that readers see, each with whether its folder enforces contracts."""
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    published = {}
    for name, path in model_files().items():
        folders = path.relative_to(MODELS).parts[:-1]
        own = re.search(r"schema\s*=\s*'(\w+)'", path.read_text(encoding="utf-8"))
        if (own[1] if own else folder_config(project, folders, "schema")) in PUBLISHED_SCHEMAS:
            published[name] = bool((folder_config(project, folders, "contract") or {}).get("enforced"))
    return published


def is_contracted(model: Model, *, by_folder: bool) -> bool:
    """Say whether the contract is enforced and every column carries the type it enforces."""
    contract = {"enforced": by_folder, **model.get("contract", {}), **model.get("config", {}).get("contract", {})}
    columns = model.get("columns", [])
    return contract["enforced"] is True and bool(columns) and all(column.get("data_type") for column in columns)


def undescribed_columns(model: Model) -> list[str]:
    return [column["name"] for column in model.get("columns", []) if not column.get("description")]


needs_models = pytest.mark.skipif(not list(MODELS.rglob("*.sql")), reason="dbt_project/models holds no model yet")


@needs_models
def test_every_model_file_is_declared_and_no_other() -> None:
    assert set(declared_models()) == set(model_files())


@needs_models
def test_every_model_says_what_a_row_is() -> None:
    silent = [
        name for name, model in declared_models().items() if not model.get("description", "").startswith("One row per")
    ]
    assert silent == []


@needs_models
def test_every_model_tests_its_key_or_says_why_it_has_none() -> None:
    silent = [
        name
        for name, model in declared_models().items()
        if not has_key_test(model) and not model.get("config", {}).get("meta", {}).get("no_key")
    ]
    assert silent == []


@needs_models
def test_every_mart_has_an_enforced_contract() -> None:
    declared = declared_models()
    published = published_models()
    assert published
    assert [
        name for name, is_so in published.items() if not is_contracted(declared.get(name, {}), by_folder=is_so)
    ] == []


@needs_models
def test_every_column_that_readers_see_is_described() -> None:
    declared = declared_models()
    gaps = {name: undescribed_columns(declared[name]) for name in published_models() if name in declared}
    assert {name: columns for name, columns in gaps.items() if columns} == {}


def test_the_rules_bite() -> None:
    assert not has_key_test({"name": "m", "columns": [{"name": "a", "data_tests": ["not_null"]}]})
    assert has_key_test({"name": "m", "columns": [{"name": "a", "data_tests": ["not_null", "unique"]}]})
    assert has_key_test({"name": "m", "data_tests": [{"unique_key": {"arguments": {"columns": ["a", "b"]}}}]})
    typed = {"columns": [{"name": "a", "data_type": "bigint"}]}
    assert is_contracted({**typed, "config": {"contract": {"enforced": True}}}, by_folder=False)
    assert is_contracted(typed, by_folder=True)
    assert not is_contracted(typed, by_folder=False)
    assert not is_contracted({**typed, "config": {"contract": {"enforced": False}}}, by_folder=True)
    assert not is_contracted({"columns": [{"name": "a"}]}, by_folder=True)
    project = {"name": "p", "models": {"p": {"a": {"+schema": "marts", "b": {"+schema": "portal"}, "c": {}}}}}
    assert [folder_config(project, ("a", inner), "schema") for inner in ("b", "c", "d")] == ["portal", "marts", "marts"]
    assert folder_config(project, ("z",), "schema") is None
    assert undescribed_columns({"columns": [{"name": "a"}, {"name": "b", "description": "B."}]}) == ["a"]
