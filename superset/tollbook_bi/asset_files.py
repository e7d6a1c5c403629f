"""The files of superset/assets/ and what Superset's importer takes: one shape, so that a diff shows what was changed.

Belongs here: order of keys, what is left out because it is the default, names of files, ids that mean the same on
every machine. Plain Python and YAML.
Does not belong here: Superset itself (export.py, sync), what a dashboard shows (the files).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ASSETS = Path(__file__).resolve().parents[1] / "assets"
METADATA = "metadata.yaml"
VERSION = "1.0.0"

Config = dict[str, Any]

NAME_KEYS = {
    "databases": "database_name",
    "datasets": "table_name",
    "charts": "slice_name",
    "dashboards": "dashboard_title",
}
"""Folder of a kind of asset, and the key that holds its name."""

_ORDER = (
    "database_name", "table_name", "slice_name", "dashboard_title", "metric_name", "column_name", "slug", "uuid",
    "schema", "description", "verbose_name", "type", "is_dttm", "viz_type", "dataset_uuid", "database_uuid",
    "sqlalchemy_uri", "main_dttm_col", "currency_code_column", "expression", "d3format", "currency", "sql", "metrics",
    "columns", "published", "position", "metadata",
)  # fmt: skip

# What the importer leaves as it was when a key is absent: written into the files only where it differs, and always
# given to the importer, or a value taken out of a file would stay in Superset.
_DEFAULTS: Mapping[str, Config] = {
    "databases": {"cache_timeout": None, "encrypted_extra": None},
    "datasets": {
        "description": None, "main_dttm_col": None, "currency_code_column": None, "default_endpoint": None, "offset": 0,
        "cache_timeout": None, "sql": None, "params": None, "template_params": None, "filter_select_enabled": True,
        "fetch_values_predicate": None, "extra": None, "normalize_columns": False, "always_filter_main_dttm": False,
        "folders": None,
    },
    "columns": {
        "verbose_name": None, "is_dttm": False, "is_active": True, "advanced_data_type": None, "groupby": True,
        "filterable": True, "expression": None, "description": None, "python_date_format": None,
        "datetime_format": None, "extra": None,
    },
    "metrics": {
        "verbose_name": None, "metric_type": None, "description": None, "d3format": None, "currency": None,
        "extra": None, "warning_text": None,
    },
    "charts": {
        "description": None, "certified_by": None, "certification_details": None, "query_context": None,
        "cache_timeout": None,
    },
    "dashboards": {
        "description": None, "css": "", "certified_by": None, "certification_details": None, "published": True,
        "theme_uuid": None,
    },
}  # fmt: skip

# What Superset says of itself: never written.
_NOISE = frozenset(
    {"catalog", "source_db_engine", "is_managed_externally", "external_url", "tags", "theme_id", "data",
     "password", "masked_encrypted_extra", "configuration_method", "ssh_tunnel", "allow_csv_upload",
     "allow_file_upload"}
)  # fmt: skip
_METADATA_NOISE = frozenset(
    {"chart_configuration", "global_chart_configuration", "default_filters", "filter_scopes", "expanded_slices",
     "timed_refresh_immune_slices", "shared_label_colors", "map_label_colors", "import_time", "positions",
     "native_filter_migration"}
)  # fmt: skip
_PARAMS_NOISE = frozenset({"datasource", "slice_id", "dashboards", "url_params", "dashboardId", "extra_form_data"})
_FILTER_NOISE = frozenset({"chartsInScope", "tabsInScope"})


class _Dumper(yaml.SafeDumper):
    """Text of several lines as a block: SQL and templates stay readable."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def dump(config: Mapping[str, Any]) -> str:
    """Return the text of a file."""
    return yaml.dump(dict(config), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def canonical(kind: str, config: Mapping[str, Any]) -> Config:
    """Return an exported asset as its file holds it: no defaults, no noise, one order, ids of no machine."""
    slim = {key: value for key, value in config.items() if key not in _NOISE}
    if kind == "databases":
        slim["extra"] = {k: v for k, v in (slim.get("extra") or {}).items() if not k.startswith("schemas_allowed")}
    if kind == "datasets":
        for part in ("columns", "metrics"):
            rows = [_ordered(_without_defaults(part, row)) for row in slim.get(part) or []]
            slim[part] = sorted(rows, key=lambda row: str(row.get("column_name", row.get("metric_name"))))
    if kind == "charts":
        params = {key: value for key, value in (slim.get("params") or {}).items() if key not in _PARAMS_NOISE}
        if not params.get("annotation_layers"):
            params.pop("annotation_layers", None)
        slim["params"] = _sorted(params)
    if kind == "dashboards":
        slim = _canonical_dashboard(slim)
    slim = {key: _tidy(value) for key, value in slim.items()}
    return _ordered(_without_defaults(kind, slim) | {"version": VERSION})


def _canonical_dashboard(config: Config) -> Config:
    """Give charts the number of their place, and drop what the browser works out anew."""
    position = {key: value for key, value in (config.get("position") or {}).items() if key != "HEADER_ID"}
    ids: dict[int, int] = {}
    charts = [item for item in _walk(position) if item.get("type") == "CHART"]
    for number, chart in enumerate(charts, start=1):
        ids[int(chart["meta"].get("chartId", number))] = number
        chart["meta"] = {**chart["meta"], "chartId": number}
    metadata = {key: value for key, value in (config.get("metadata") or {}).items() if key not in _METADATA_NOISE}
    filters = []
    for item in metadata.get("native_filter_configuration") or []:
        kept = {key: value for key, value in item.items() if key not in _FILTER_NOISE}
        scope = kept.get("scope") or {}
        if scope.get("excluded"):
            excluded = sorted(ids[old] for old in scope["excluded"] if old in ids)
            kept["scope"] = {**scope, "excluded": excluded}
        filters.append(kept)
    metadata["native_filter_configuration"] = filters
    return {**config, "position": _sorted(position), "metadata": _sorted(metadata)}


def _walk(position: Mapping[str, Any], start: str = "ROOT_ID") -> Iterator[Config]:
    """Yield the parts of a layout from top to bottom; those nothing leads to are left out."""
    item = position.get(start)
    if isinstance(item, dict):
        yield item
        for child in item.get("children") or []:
            yield from _walk(position, child)


def _without_defaults(kind: str, config: Mapping[str, Any]) -> Config:
    defaults = _DEFAULTS[kind]
    empty = {key for key, value in defaults.items() if value is None}
    return {
        key: value
        for key, value in config.items()
        if key not in _NOISE
        and not (key in defaults and value == defaults[key])
        and not (key in empty and value in ("", {}, []))
    }


def with_defaults(kind: str, config: Mapping[str, Any]) -> Config:
    """Return an asset of a file as the importer is given it."""
    full = {**_DEFAULTS[kind], **config}
    if kind == "datasets":
        for part in ("columns", "metrics"):
            full[part] = [{**_DEFAULTS[part], **row} for row in config.get(part) or []]
    return full


def _ordered(config: Mapping[str, Any]) -> Config:
    known = [key for key in _ORDER if key in config]
    return {key: config[key] for key in [*known, *sorted(set(config) - set(known))]}


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=str)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _tidy(value: Any) -> Any:
    """Blanks at the ends of lines would turn a block of text into one quoted line."""
    if isinstance(value, str):
        return re.sub(r"[ \t]+(?=\n)", "", value).replace("\r\n", "\n").replace("\t", "    ")
    if isinstance(value, dict):
        return {key: _tidy(item) for key, item in value.items()}
    return [_tidy(item) for item in value] if isinstance(value, list) else value


def kind_of(path: str) -> str:
    """Return the kind of an asset by its path in a bundle."""
    return path.split("/", 1)[0]


def read(folder: Path = ASSETS) -> dict[str, Config]:
    """Return every asset of a folder by its path, metadata left out."""
    return {
        path.relative_to(folder).as_posix(): yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.yaml"))
        if path.name != METADATA
    }


def bundle(folder: Path = ASSETS) -> dict[str, str]:
    """Return what Superset's importer takes: texts by path, every default spelled out."""
    texts = {path: dump(with_defaults(kind_of(path), config)) for path, config in read(folder).items()}
    return {METADATA: (folder / METADATA).read_text(encoding="utf-8"), **texts}


def file_name(kind: str, config: Mapping[str, Any]) -> str:
    """Return the path of a new asset: its kind and its name in small letters."""
    name = str(config.get("slug") or config[NAME_KEYS[kind]])
    return f"{kind}/{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')}.yaml"
