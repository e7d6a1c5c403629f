"""A [formats.<name>] table, checked: a FormatDeclaration, or everything that is wrong with the table at once.

Belongs here: the keys of the table itself and what its columns must serve together.
Does not belong here: the keys of one column (column_table.py), the shape of the result (shape.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from pipelines.formats.column_table import parse_column
from pipelines.formats.fixed_table import read_beginnings, read_places, read_trailer
from pipelines.formats.json_paths import split_path
from pipelines.formats.raw_tables import built_in_names, built_in_table
from pipelines.formats.shape import CANONICAL, KINDS, ColumnRule, FormatDeclaration, Kind, unserved_groups
from pipelines.formats.table import TableReader
from pipelines.problems import Problem

__all__ = ["FormatDeclaration", "parse_declaration"]

_COMMON_KEYS = ("kind", "extends", "comment", "null_values", "columns")
_CSV_KEYS = ("delimiter", "quote", "header", "fields", "other_columns")
_FIXED_KEYS = ("fields", "row_begins", "trailer")
_KEYS: Mapping[Kind, tuple[str, ...]] = {
    "csv": (*_COMMON_KEYS, *_CSV_KEYS),
    "jsonl": _COMMON_KEYS,
    "json": tuple(key for key in _COMMON_KEYS if key != "comment"),
    "fixed_width": (*_COMMON_KEYS, *_FIXED_KEYS),
}
_ALL_KEYS = tuple(dict.fromkeys((*_COMMON_KEYS, *_CSV_KEYS, *_FIXED_KEYS)))


def parse_declaration(name: str, table: Mapping[str, object]) -> FormatDeclaration | list[Problem]:
    """Return the declaration that *table* makes, or all its problems.

    A problem's column is the key, like ``formats.reseller.columns.setup_at.format``; its file and line are for the
    caller to fill in.
    """
    reader = TableReader(f"formats.{name}", table)
    if "kind" in table and table["kind"] not in KINDS:
        reader.complain(
            "kind", f"{table['kind']!r} is no kind of format", f"write one of {', '.join(KINDS)}, in quotes"
        )
        return reader.problems
    reader.refuse_unknown(_ALL_KEYS)
    extended = _extended(reader)
    if extended is not None:
        reader = TableReader(f"formats.{name}", _merged(extended, table), reader.problems)
    elif "kind" not in table and "extends" not in table:
        reader.complain("kind", "kind is missing", 'write kind = "csv"')
    kind = cast(Kind, reader.table.get("kind", "csv"))
    for key in reader.table:
        if key in _ALL_KEYS and key not in _KEYS[kind]:
            reader.complain(key, f'{key} means nothing for kind "{kind}"', f"keys of it are {', '.join(_KEYS[kind])}")
    declaration = _READERS[kind](
        reader, FormatDeclaration(name=name, kind=kind, comments=_comments(reader), columns=_columns(reader))
    )
    if not reader.problems:
        _check_service(reader, declaration)
    return sorted(set(reader.problems)) or declaration


def _separated(reader: TableReader, common: FormatDeclaration) -> FormatDeclaration:
    header = reader.boolean("header", default=True)
    delimiter = _delimiter(reader)
    return replace(
        common,
        delimiter=delimiter,
        quote=_quote(reader, delimiter),
        has_header=header,
        column_lists=_column_lists(reader, header=header),
        other_columns="error" if reader.choice("other_columns", ("ignore", "error")) == "error" else "ignore",
    )


def _json(reader: TableReader, common: FormatDeclaration) -> FormatDeclaration:
    """Return the declaration; the paths its columns name take the place of a header."""
    paths = tuple(sorted(common.source_columns))
    for rule in common.columns:
        for path in sorted({path for names in rule.sources for path in names}):
            if not all(split_path(path)):
                reader.complain(
                    f"columns.{rule.name}", f"{path!r} is no path", 'keys with dots between, like "caller.number"'
                )
    return replace(common, has_header=False, column_lists=(paths,))


def _fixed(reader: TableReader, common: FormatDeclaration) -> FormatDeclaration:
    places = read_places(reader)
    trailer = read_trailer(reader)
    return replace(
        common,
        has_header=False,
        column_lists=(tuple(places),),
        places=tuple(places.values()),
        row_begins=read_beginnings(reader, common.comments, trailer),
        trailer=trailer,
    )


_READERS: Mapping[Kind, Callable[[TableReader, FormatDeclaration], FormatDeclaration]] = {
    "csv": _separated,
    "jsonl": _json,
    "json": _json,
    "fixed_width": _fixed,
}


def _extended(reader: TableReader) -> Mapping[str, object] | None:
    """Return the built-in format's table that this one starts from."""
    name = reader.text("extends", "")
    if not name:
        return None
    if name not in built_in_names():
        reader.complain("extends", f'"{name}" is no built-in format', f"built in are {', '.join(built_in_names())}")
        return None
    return built_in_table(name)


def _merged(base: Mapping[str, object], table: Mapping[str, object]) -> dict[str, object]:
    columns = table.get("columns", {})
    base_columns = base["columns"]
    if isinstance(columns, Mapping) and isinstance(base_columns, Mapping):
        return {**base, **table, "columns": {**base_columns, **columns}}
    return {**base, **table}


def _delimiter(reader: TableReader) -> str:
    delimiter = reader.text("delimiter", ",")
    if len(delimiter) == 1 and delimiter.isascii() and delimiter not in "\r\n\0":
        return delimiter
    reader.complain("delimiter", f"{delimiter!r} is no delimiter", r'one ASCII character, like ";" or "\t" (tab)')
    return ","


def _quote(reader: TableReader, delimiter: str) -> str:
    quote = reader.text("quote", '"')
    if quote == delimiter:
        reader.complain("quote", "quote and delimiter are the same character", 'write quote = "" if nothing is quoted')
    elif len(quote) > 1 or not quote.isascii() or quote in ("\r", "\n", "\0"):
        reader.complain("quote", f"{quote!r} is no quote", 'one ASCII character, or "" if nothing is quoted')
    else:
        return quote
    return '"'


def _comments(reader: TableReader) -> tuple[str, ...]:
    comments = tuple(one for one in reader.texts("comment") if one)
    for comment in comments:
        if "\n" in comment or "\r" in comment or not comment.strip():
            reader.complain("comment", f"{comment!r} cannot begin a comment", 'write the first characters, like "#"')
    return comments


def _column_lists(reader: TableReader, *, header: bool) -> tuple[tuple[str, ...], ...]:
    """Return the lists of `fields`: of one list of names, or of one list per number of columns."""
    given = reader.table.get("fields")
    if header:
        if given is not None:
            reader.complain(
                "fields", "the file's own header names its columns", "leave fields out, or write header = false"
            )
        return ()
    if given is None:
        reader.complain("fields", "a file without a header needs fields", 'like fields = ["start", "src", "dst"]')
        return ()
    lists = given if isinstance(given, list) and given and all(isinstance(one, list) for one in given) else [given]
    checked = [names for one in lists if (names := reader.names("fields", one)) is not None]
    by_count: dict[int, tuple[str, ...]] = {}
    for names in checked:
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            reader.complain("fields", f'"{twice}" is listed twice', "give each column a name of its own")
        if len(names) in by_count:
            reader.complain(
                "fields",
                f"two lists have {len(names)} columns, so a row cannot be told",
                "keep one list for each number of columns",
            )
        by_count[len(names)] = names
    return tuple(by_count.values())


def _columns(reader: TableReader) -> tuple[ColumnRule, ...]:
    columns = reader.table.get("columns")
    if not isinstance(columns, Mapping):
        reader.complain(
            "columns",
            "the columns are missing" if columns is None else "columns is no table",
            f'write a table [{reader.path}.columns] with lines like call_id = "Call Ref"',
        )
        return ()
    null_values = reader.texts("null_values")
    nested = TableReader(reader.path_of("columns"), columns, reader.problems)
    nested.refuse_unknown(CANONICAL, "column")
    rules = {name: parse_column(nested, name, null_values) for name in columns if name in CANONICAL}
    return tuple(rule for name in CANONICAL if (rule := rules.get(name)) is not None)


def _check_service(reader: TableReader, declaration: FormatDeclaration) -> None:
    """Complain of canonical columns that no file of this format could fill."""
    for group in unserved_groups(rule.name for rule in declaration.columns):
        wanted = group[0] if len(group) == 1 else f"one of {', '.join(group)}"
        reader.complain("columns", f"{wanted} is missing", f'say where it comes from, like {group[0]} = "its column"')
    trailer = declaration.trailer
    if trailer is not None and trailer.total_seconds is not None and not _has(declaration, "answered_ms"):
        reader.complain("trailer.total_seconds", "there is no answered_ms to add up", "declare answered_ms")
    by_name = {rule.name: rule for rule in declaration.columns}
    for rule in declaration.columns:
        if rule.after and rule.after not in by_name:
            reader.complain(
                f"columns.{rule.name}.after",
                f"there is no {rule.after} to tell it from",
                f"add {rule.after}, or setup_at",
            )
    if "answered_at" in by_name and by_name["answered_at"].after and "is_answered" not in by_name:
        reader.complain(
            "columns.answered_at.after",
            "an answer told from a duration needs is_answered",
            'a duration is no signal of answer; add is_answered = { from = "…", map = { … } }',
        )
    for names in declaration.column_lists:
        for rule in declaration.columns:
            if not rule.is_optional and not rule.is_served_by(names):
                lacking = next(name for one in rule.sources for name in one if name not in names)
                reader.complain(
                    f"columns.{rule.name}",
                    f'"{lacking}" is not among the {len(names)} columns of fields',
                    f"they are {', '.join(names)}; or write optional = true",
                )
        served = [rule.name for rule in declaration.columns if rule.is_served_by(names)]
        for group in unserved_groups(served):
            if not unserved_groups(rule.name for rule in declaration.columns):
                reader.complain(
                    "fields", f"a row of {len(names)} columns gives no {' or '.join(group)}", "add its column to fields"
                )


def _has(declaration: FormatDeclaration, column: str) -> bool:
    return any(rule.name == column for rule in declaration.columns)
