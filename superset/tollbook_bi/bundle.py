"""The dashboards as files, imported whole or not at all.

Belongs here: reading superset/assets/, importing it in one transaction, saying every fault of it.
Does not belong here: writing the files (the exporter), what a dashboard shows.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tollbook_bi import asset_files
from tollbook_bi.kept import mark, set_mark
from tollbook_bi.keys import ADMIN
from tollbook_bi.site import SUPERSET_FOLDER

ASSETS = SUPERSET_FOLDER / "assets"
_MARK = "bundle"


class BundleError(Exception):
    """The bundle cannot be imported; the message names every file and fault."""


def read_bundle(folder: Path = ASSETS) -> dict[str, str]:
    """Return what the importer takes for each file by its path, defaults spelled out, in the order of the paths."""
    return asset_files.bundle(folder) if (folder / asset_files.METADATA).exists() else {}


def bundle_hash(contents: dict[str, str]) -> str:
    """Return what changes when a file does."""
    digest = hashlib.sha256()
    for path, text in contents.items():
        digest.update(f"{path}\0{text}\0".encode())
    return digest.hexdigest()


def import_bundle(folder: Path = ASSETS, *, force: bool = False) -> bool:
    """Import the files of *folder* where they differ from what was imported last; say whether they did.

    What was changed in the browser since stays until a file changes: export it first (tollbook-bi export).
    Raises BundleError; nothing is changed then.
    """
    from marshmallow import ValidationError
    from superset.commands.exceptions import CommandInvalidError, ImportFailedError
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.extensions import db, security_manager
    from superset.utils.core import override_user

    contents = read_bundle(folder)
    wanted = bundle_hash(contents)
    if not contents or (mark(_MARK) == wanted and not force):
        return False
    try:
        with override_user(security_manager.find_user(ADMIN)):
            ImportAssetsCommand(contents).run()
    except CommandInvalidError as refused:
        faults = [
            f"{path}: {told}"
            for error in refused._exceptions  # noqa: SLF001 -- the command has no other way to say which file
            for path, told in (error.messages.items() if isinstance(error, ValidationError) else [("", error)])
        ]
        raise BundleError("superset/assets cannot be imported:\n" + "\n".join(faults)) from refused
    except ImportFailedError as failed:
        raise BundleError(f"superset/assets cannot be imported: {failed.__cause__ or failed}") from failed
    set_mark(_MARK, wanted)
    db.session.commit()
    return True
