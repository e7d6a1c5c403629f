"""What is wrong in tollbook.toml, in words for somebody who has never seen Tollbook.

Belongs here: a finding at a key, the wording of pydantic's own errors, which key or table was probably meant.
Does not belong here: deciding what is wrong (configuration_model.py, configuration_checks.py), the file's lines.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from assets.configuration_lines import KeyPath
from assets.configuration_model import (
    OURS,
    BiTable,
    ConfigurationFile,
    FeedTable,
    PortalTable,
    RulesTable,
    SellerTable,
    Table,
)

_TABLES: Mapping[str, type[Table]] = {"rules": RulesTable, "seller": SellerTable, "portal": PortalTable, "bi": BiTable}
# A table's keys, by how its header is written; '' is the top of the file.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "": tuple(ConfigurationFile.model_fields),
    **{f"[{name}]": tuple(table.model_fields) for name, table in _TABLES.items()},
    "[feeds.<id>]": tuple(FeedTable.model_fields),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at the key *path*; message and advice as in Problem."""

    path: KeyPath
    message: str
    advice: str


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return ``did you mean 'x'? `` for the nearest of *choices*, else an empty text."""
    near = difflib.get_close_matches(word.strip().lower().replace("-", "_"), list(choices), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'? " if near else ""


def findings_of(errors: ValidationError) -> list[Finding]:
    """Return one finding per error that pydantic reports on ConfigurationFile."""
    return [_finding(error) for error in errors.errors(include_url=False)]


def _finding(error: ErrorDetails) -> Finding:
    path = tuple(error["loc"])
    kind = error["type"]
    if kind == OURS:
        context = error["ctx"]
        return Finding(path, context["message"], context["advice"])
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return Finding(path, "is missing", f"add {_line_for(path)}")
    given = error["input"]
    if kind == "literal_error":
        choices = _choices(path)
        hint = did_you_mean(given, choices) if isinstance(given, str) else ""
        known = " or ".join(f'"{choice}"' for choice in choices)
        return Finding(path, f"{_shown(given)} is not possible here", f"{hint}write {known}")
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return Finding(path, f"{_shown(given)} stands where a table is needed", f"write {_table_for(path)}")
    return Finding(path, f"{_shown(given)} is {_kind_of(given)}, not {_needed(kind)}", _retyped(path, given))


def _unknown_key(path: KeyPath) -> Finding:
    key = str(path[-1])
    here = _header(path[:-1])
    hint = did_you_mean(key, _KEYS[here])
    if not hint:
        homes = [header for header, keys in _KEYS.items() if key in keys]
        if homes:
            place = " or ".join(header or "at the top of the file, before the first [table]" for header in homes)
            return Finding(path, f"'{key}' is no key of {here or 'the top of the file'}", f"it belongs {_in(place)}")
    known = ", ".join(_KEYS[here])
    return Finding(path, f"'{key}' is no key of {here or 'the top of the file'}", f"{hint}known are {known}")


def _in(place: str) -> str:
    return place if place.startswith("at ") else f"in {place}"


def _header(path: Sequence[str | int]) -> str:
    if not path:
        return ""
    return "[feeds.<id>]" if path[0] == "feeds" else f"[{path[0]}]"


def _model_of(path: Sequence[str | int]) -> type[Table]:
    if len(path) <= 1:
        return ConfigurationFile
    return FeedTable if path[0] == "feeds" else _TABLES[str(path[0])]


def _example(path: KeyPath) -> object:
    examples = _model_of(path).model_fields[str(path[-1])].examples or [""]
    return examples[0]


def _choices(path: KeyPath) -> tuple[str, ...]:
    annotation = _model_of(path).model_fields[str(path[-1])].annotation
    return tuple(getattr(annotation, "__args__", ()))


def _line_for(path: KeyPath) -> str:
    return f"{path[-1]} = {_shown(_example(path))}"


def _table_for(path: KeyPath) -> str:
    if path[0] == "feeds":
        return 'a table per feed, like [feeds.lon1], and its keys below, like format = "tollbook_csv"'
    if path[0] == "formats":
        return 'a table per format, like [formats.reseller], and its keys below, like kind = "csv"'
    return f"[{path[0]}] on a line of its own and its keys below"


def _retyped(path: KeyPath, given: object) -> str:
    if isinstance(given, bool | list | dict) or isinstance(_example(path), bool):
        return f"write {_line_for(path)}"
    return f'put it in quotes: {path[-1]} = "{given}"'


def _needed(kind: str) -> str:
    return {"string_type": "text", "bool_type": "true or false"}.get(kind, kind.removesuffix("_type"))


def _kind_of(given: object) -> str:
    if isinstance(given, bool):
        return "true or false"
    names = {str: "text", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(given), "a date or time")


def _shown(value: object) -> str:
    """Return *value* as one would write it in TOML, cut short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 120 else f'"{value[:117]}..."'
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    return str(value)
