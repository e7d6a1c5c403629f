"""Reading the keys of one TOML table, collecting what is wrong with them.

Belongs here: a key's type, unknown keys, the place of a problem.
Does not belong here: what the keys of a format mean (declaration.py, column_table.py).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence

from pipelines.problems import Problem


class TableReader:
    """One table at the dotted path *path*; problems found are added to *problems*, shared with tables around it."""

    def __init__(self, path: str, table: Mapping[str, object], problems: list[Problem] | None = None) -> None:
        self.path = path
        self.table = table
        self.problems: list[Problem] = [] if problems is None else problems

    def path_of(self, key: str) -> str:
        """Return the dotted path of *key*."""
        return f"{self.path}.{key}" if key else self.path

    def complain(self, key: str, message: str, advice: str) -> None:
        """Add a problem at *key* ("": at the table itself)."""
        self.problems.append(Problem("tollbook.toml", None, self.path_of(key), message, advice))

    def refuse_unknown(self, known: Sequence[str], noun: str = "key") -> None:
        """Complain of every key that is not *known*, with the one probably meant."""
        for key in self.table:
            if key not in known:
                near = difflib.get_close_matches(key.lower().replace("-", "_").replace(" ", "_"), known, n=1)
                hint = f"did you mean '{near[0]}'? " if near else ""
                self.complain(key, f"there is no {noun} '{key}'", f"{hint}known are {', '.join(known)}")

    def text(self, key: str, default: str) -> str:
        """Return a text."""
        value = self.table.get(key, default)
        if isinstance(value, str):
            return value
        self.complain(key, f"{key} must be a text", f'write it in quotes, like {key} = "{default or "…"}"')
        return default

    def boolean(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.table.get(key, default)
        if isinstance(value, bool):
            return value
        self.complain(key, f"{key} must be true or false", f"write {key} = true or {key} = false, without quotes")
        return default

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """Return one of *choices*; the first where the key is absent."""
        value = self.table.get(key, choices[0])
        if isinstance(value, str) and value in choices:
            return value
        self.complain(key, f"{key} cannot be {value!r}", f"write one of {', '.join(choices)}, in quotes")
        return choices[0]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; () where the key is absent."""
        value = self.table.get(key, [])
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.complain(key, f"{key} must be a list of texts", f'like {key} = ["", "null"]')
        return ()

    def names(self, key: str, value: object) -> tuple[str, ...] | None:
        """Return a list of column names, at least one, none empty; None after a complaint."""
        if isinstance(value, list) and value and all(isinstance(one, str) and one for one in value):
            return tuple(value)
        self.complain(key, f"{key} must be a list of column names", f'like {key} = ["start", "src", "dst"]')
        return None

    def only_with(self, keys: Collection[str], name: str, advice: str) -> None:
        """Complain of each of *keys* that is given for the column *name*, which it means nothing for."""
        for key in keys:
            if key in self.table:
                self.complain(key, f"{key} means nothing for {name}", advice)
