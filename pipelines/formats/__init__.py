"""From a switch's file to typed legs and rejected rows.

Belongs here: formats as declared, strict reading, typed values, the reasons for which a row is rejected.
Does not belong here: where files lie and when they are read (ingest.py), duplicates, calls, money (dbt_project/).

read_legs() is in reading.py and not handed on here: what reads the configuration only must not load polars.
"""

from __future__ import annotations

from pipelines.formats.built_in import built_in_names, load_format
from pipelines.formats.declaration import FormatDeclaration, parse_declaration
from pipelines.formats.faults import FileFault

__all__ = [
    "FileFault",
    "FormatDeclaration",
    "built_in_names",
    "load_format",
    "parse_declaration",
]
