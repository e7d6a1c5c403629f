"""Which field of a row each canonical column is read from, for one list of source columns.

Belongs here: names of source columns turned into positions.
Does not belong here: finding the names (header.py, declaration.py), reading fields (values.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.formats.shape import ColumnRule, FormatDeclaration


@dataclass(frozen=True, slots=True)
class Layout:
    """positions: the fields that are looked at, ascending. rules: each with its alternatives as names of fields."""

    positions: tuple[int, ...]
    rules: tuple[tuple[ColumnRule, tuple[tuple[str, ...], ...]], ...]


def layouts_of(declaration: FormatDeclaration, lists: Iterable[Sequence[str]]) -> dict[int, Layout]:
    """Return the layout of each of *lists*, by its number of columns."""
    return {len(names): _layout(declaration, names) for names in lists}


def _layout(declaration: FormatDeclaration, names: Sequence[str]) -> Layout:
    position = {name: str(number) for number, name in enumerate(names)}
    rules = tuple(
        (rule, tuple(tuple(position[name] for name in one) for one in rule.available_in(names)))
        for rule in declaration.columns
        if rule.is_served_by(names)
    )
    looked_at = {int(field) for _, sources in rules for one in sources for field in one}
    return Layout(tuple(sorted(looked_at)), rules)
