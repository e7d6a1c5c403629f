r"""Paths into a JSON document: keys and places of lists with dots between, like ``callflow.0.times.hangup_time``.

Belongs here: splitting a path, following it, the text of what lies there.
Does not belong here: reading JSON (json_rows.py), what the text means (values.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_DOT = re.compile(r"(?<!\\)\.")
_PLACE = re.compile(r"-?[0-9]{1,6}")


class NoText(Exception):
    """What lies at the path is no single value; the message says what it is."""


class Twice:
    """What an object holds for a key that stands in it more than once."""


def split_path(path: str) -> tuple[str, ...]:
    r"""Return the steps of *path*; ``\.`` is a dot inside a key."""
    return tuple(step.replace("\\.", ".") for step in _DOT.split(path))


def text_at(document: object, steps: Sequence[str]) -> str | None:
    """Return the text at the path, None where there is none; raises NoText."""
    value: Any = document
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and _PLACE.fullmatch(step):
            place = int(step)
            value = value[place] if -len(value) <= place < len(value) else None
        elif not isinstance(value, Twice):
            return None  # a path that goes on below a single value leads nowhere
    return _text(value)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Twice):
        raise NoText("a key that stands there twice")
    raise NoText("an object" if isinstance(value, dict) else "a list")
