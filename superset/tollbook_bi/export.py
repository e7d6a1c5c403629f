"""What was changed in the browser, written back into superset/assets/.

Belongs here: which assets of Superset belong to the bundle, and which file each goes to.
Does not belong here: the shape of a file (asset_files.py), importing (bundle.py).

The bundle is every published dashboard, the charts on them, the datasets these and their filters use, and their
database. Drafts and charts on no dashboard are somebody's own and stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tollbook_bi import asset_files
from tollbook_bi.asset_files import Config
from tollbook_bi.keys import ADMIN


@dataclass
class Exported:
    """Paths below the folder of assets, by what became of them, and what was left out, by name."""

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    left_out: list[str] = field(default_factory=list)


def export_assets(folder: Path = asset_files.ASSETS) -> Exported:
    """Write the bundle as it is in Superset into *folder*; files that say the same already are not touched."""
    from superset.extensions import security_manager
    from superset.utils.core import override_user

    with override_user(security_manager.find_user(ADMIN)):
        found, left_out = assets_of_superset()
    return write_assets(found, folder, left_out)


def write_assets(found: list[tuple[str, Config]], folder: Path, left_out: list[str]) -> Exported:
    """Write assets (kind, canonical content) into *folder*; an asset keeps its file, known by uuid."""
    before = asset_files.read(folder)
    paths = {str(config["uuid"]): path for path, config in before.items()}
    taken = set(before)
    outcome = Exported(left_out=left_out)
    kept = {asset_files.METADATA}
    for kind, config in found:
        path = paths.get(str(config["uuid"])) or _free_name(asset_files.file_name(kind, config), taken)
        taken.add(path)
        kept.add(path)
        text = asset_files.dump(config)
        file = folder / path
        if file.exists() and file.read_text(encoding="utf-8") == text:
            outcome.unchanged += 1
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        outcome.written.append(path)
    for path in sorted(set(before) - kept):
        (folder / path).unlink()
        outcome.removed.append(path)
    return outcome


def _free_name(wanted: str, taken: set[str]) -> str:
    stem = wanted.removesuffix(".yaml")
    names = [wanted, *(f"{stem}_{number}.yaml" for number in range(2, 1000))]
    return next(name for name in names if name not in taken)


def assets_of_superset() -> tuple[list[tuple[str, Config]], list[str]]:
    """Return the bundle as Superset holds it, and the names of what is no part of it."""
    from superset.commands.chart.export import ExportChartsCommand
    from superset.commands.dashboard.export import ExportDashboardsCommand
    from superset.commands.database.export import ExportDatabasesCommand
    from superset.commands.dataset.export import ExportDatasetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import db
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    dashboards = db.session.query(Dashboard).order_by(Dashboard.slug, Dashboard.dashboard_title).all()
    published = [dashboard for dashboard in dashboards if dashboard.published]
    charts = {chart.id: chart for dashboard in published for chart in dashboard.slices}
    found = [("dashboards", _content(ExportDashboardsCommand, dashboard)) for dashboard in published]
    found += [("charts", _content(ExportChartsCommand, chart)) for _, chart in sorted(charts.items())]
    used = {str(config["dataset_uuid"]) for kind, config in found if kind == "charts"}
    for kind, config in found:
        if kind == "dashboards":
            used |= {
                str(target["datasetUuid"])
                for item in config["metadata"]["native_filter_configuration"]
                for target in item.get("targets", [])
                if "datasetUuid" in target
            }
    datasets = [dataset for dataset in db.session.query(SqlaTable).all() if str(dataset.uuid) in used]
    found += [("datasets", _content(ExportDatasetsCommand, dataset)) for dataset in datasets]
    databases = {dataset.database_id: dataset.database for dataset in datasets}
    found += [("databases", _content(ExportDatabasesCommand, database)) for database in databases.values()]
    left_out = [f"draft dashboard {dashboard.dashboard_title}" for dashboard in dashboards if not dashboard.published]
    left_out += [
        f"chart {chart.slice_name}, which is on no published dashboard"
        for chart in db.session.query(Slice).order_by(Slice.slice_name).all()
        if chart.id not in charts
    ]
    return found, left_out


def _content(command: Any, model: Any) -> Config:
    """Return one asset by Superset's own exporter, in the shape of our files."""
    kind = {"Dashboard": "dashboards", "Slice": "charts", "SqlaTable": "datasets", "Database": "databases"}
    text = command._file_content(model)  # noqa: SLF001 -- its public way asks for ids and writes a zip of everything
    return asset_files.canonical(kind[type(model).__name__], yaml.safe_load(text))
