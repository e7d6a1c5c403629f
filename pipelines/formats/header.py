"""The header of a file: found, cut off, and held against the declaration.

Belongs here: which columns a file must have and may have.
Does not belong here: files without a header.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from pipelines.formats.encoding import shown, to_utf8
from pipelines.formats.faults import FileFault
from pipelines.formats.lines import split_line
from pipelines.formats.shape import FormatDeclaration, unserved_groups
from pipelines.formats.streams import Chunk


def cut_header(
    chunks: Iterator[Chunk], declaration: FormatDeclaration, extra_columns: str
) -> tuple[tuple[str, ...], Iterator[Chunk]]:
    """Return the names in the header and the chunks after it.

    extra_columns: "ignore" allows columns that the declaration does not. Raises FileFault: wrong_header for another
    header, empty where there is none.
    """
    for chunk in chunks:
        at, number = 0, chunk.first_line
        while at < len(chunk.data):
            end = chunk.data.index(b"\n", at)
            line = shown(to_utf8(chunk.data[at:end])[0].decode())
            at, number = end + 1, number + 1
            if not line.strip() or line.startswith(declaration.comments):
                continue
            names = _names(line, declaration, extra_columns)
            rest = Chunk(chunk.data[at:], number, chunk.line_count - (number - chunk.first_line))
            return names, chain([rest], chunks) if rest.data else chunks
    raise FileFault("empty", "the file has no header and no rows, only blank or comment lines")


def _names(line: str, declaration: FormatDeclaration, extra_columns: str) -> tuple[str, ...]:
    fields = split_line(line, declaration.delimiter, declaration.quote)
    if isinstance(fields, str):
        raise FileFault("wrong_header", f"the header cannot be read: {fields}")
    is_closed = declaration.other_columns == "error"
    known = declaration.source_columns
    faults = []
    counts = Counter(fields)
    twice = sorted(name for name, count in counts.items() if count > 1 and (is_closed or name in known))
    if twice:
        faults.append(f"columns that stand there twice: {_listed(twice)}")
    lacking = [
        "+".join(rule.sources[0])
        for rule in declaration.columns
        if not rule.is_optional and not rule.is_served_by(fields)
    ]
    served = [rule.name for rule in declaration.columns if rule.is_served_by(fields)]
    groups = [group for group in unserved_groups(served) if len(group) > 1 and _is_open(declaration, group)]
    lacking += [f"one of {', '.join(group)}" for group in groups]
    if lacking:
        faults.append(f"columns that are missing: {_listed(lacking)}")
    unknown = [name for name in fields if name not in known]
    if unknown and is_closed and extra_columns != "ignore":
        faults.append(f'columns nobody knows: {_listed(unknown)} (extra_columns = "ignore" of the feed lets them be)')
    if faults:
        raise FileFault("wrong_header", "; ".join(faults))
    return tuple(fields)


def _is_open(declaration: FormatDeclaration, group: tuple[str, ...]) -> bool:
    """Return whether a group's lack is not already told by a column that is not optional."""
    return all(rule.is_optional for rule in declaration.columns if rule.name in group)


def _listed(names: list[str]) -> str:
    shown_names = [name[:60] or "(without a name)" for name in names[:8]]
    return ", ".join(shown_names) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
