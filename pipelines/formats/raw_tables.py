"""The built-in formats' own TOML files, which lie in declarations/ and are packaged with the code.

Belongs here: finding and reading them.
Does not belong here: what they say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_SUFFIX = ".toml"


@cache
def built_in_names() -> tuple[str, ...]:
    """Return the names of the built-in formats, sorted."""
    folder = files("pipelines.formats") / "declarations"
    return tuple(sorted(one.name.removesuffix(_SUFFIX) for one in folder.iterdir() if one.name.endswith(_SUFFIX)))


@cache
def built_in_table(name: str) -> Mapping[str, object]:
    """Return the table of the built-in format *name*; raises FileNotFoundError for another name."""
    path = files("pipelines.formats") / "declarations" / f"{name}{_SUFFIX}"
    return tomllib.loads(path.read_text(encoding="utf-8"))
