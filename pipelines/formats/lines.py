"""One line of separated values, read strictly: its fields, or what is wrong with it.

Belongs here: the meaning of delimiter and quote, the regular expression that says the same of whole columns.
Does not belong here: many lines at once (rows.py).
"""

from __future__ import annotations

import re


def split_line(line: str, delimiter: str, quote: str) -> list[str] | str:
    """Return the fields of *line*, or a sentence that says which quoting fault it has.

    A quoted field begins and ends with *quote*, which is doubled inside; elsewhere a quote is a fault. No quote ("")
    means that none has a meaning.
    """
    if not quote or quote not in line:
        return line.split(delimiter)
    fields: list[str] = []
    at = 0
    while True:
        number = len(fields) + 1
        if line.startswith(quote, at):
            end = _closing(line, quote, at + 1)
            if end < 0:
                return f"the quote that opens field {number} is not closed on its line; close it or double it"
            fields.append(line[at + 1 : end].replace(quote * 2, quote))
            at = end + 1
            if at < len(line) and line[at] != delimiter:
                return f"text follows the closing quote of field {number}; double a quote inside a field"
        else:
            end = line.find(delimiter, at)
            value = line[at:] if end < 0 else line[at:end]
            if quote in value:
                return f"a quote stands inside field {number}, which is not quoted; quote the field and double it"
            fields.append(value)
            at += len(value)
        if at >= len(line):
            return fields
        at += 1


def _closing(line: str, quote: str, at: int) -> int:
    """Return where the quote stands that closes a field whose text begins at *at*, -1 if there is none."""
    while True:
        end = line.find(quote, at)
        if end < 0 or not line.startswith(quote, end + 1):
            return end
        at = end + 2


def row_regex(delimiter: str, quote: str, column_count: int) -> str:
    """Return the regular expression (Rust's) of exactly the lines that split_line cuts into *column_count* fields."""
    cut = _in_class(delimiter)
    if quote:
        mark = _in_class(quote)
        field = f"(?:{_literal(quote)}(?:[^{mark}]|{_literal(quote) * 2})*{_literal(quote)}|[^{cut}{mark}]*)"
    else:
        field = f"[^{cut}]*"
    return f"(?s)^{field}(?:{_literal(delimiter)}{field}){{{column_count - 1}}}$"


def _literal(character: str) -> str:
    return re.escape(character)


def _in_class(character: str) -> str:
    return f"\\x{ord(character):02x}"
