"""A format by its name: built in, or declared in tollbook.toml.

Belongs here: looking a format up.
Does not belong here: what a format can say (declaration.py), the built-in files themselves (declarations/*.toml).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pipelines.formats.declaration import parse_declaration
from pipelines.formats.raw_tables import built_in_names, built_in_table
from pipelines.formats.shape import FormatDeclaration

__all__ = ["built_in_names", "load_format"]


def load_format(name: str, declared: Mapping[str, FormatDeclaration]) -> FormatDeclaration:
    """Return the format *name*: one of *declared*, else a built-in one; raises KeyError with an unknown name."""
    if name in declared:
        return declared[name]
    if name not in built_in_names():
        raise KeyError(name)
    return _built_in(name)


@cache
def _built_in(name: str) -> FormatDeclaration:
    outcome = parse_declaration(name, built_in_table(name))
    if isinstance(outcome, FormatDeclaration):
        return outcome
    raise ValueError(f"built-in format {name}: {'; '.join(str(problem) for problem in outcome)}")
