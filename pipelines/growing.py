"""Files that grow for ever (append = true): which stretch of one is new, and how a stretch is read like a file.

Belongs here: the last complete line, whether a file is still the one that was read before, the header in front of a
later stretch, byte ranges.
Does not belong here: which hour a stretch belongs to (assets/growing_feeds.py), rows (formats/), the record (lake.py).

Nothing here reads more of a file than what is new of it and a few thousand bytes beside.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import RawIOBase
from typing import BinaryIO

from pipelines.entries import Entry
from pipelines.formats.shape import FormatDeclaration
from pipelines.lake import FileRecord, Segment

EDGE_BYTES = 4096
"""How much of a file's beginning, and of the end of what is known, tells it from another file of its name."""

_BLOCK_BYTES = 1 << 20
_HEADER_LIMIT_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes to read of a growing file: from segment.offset to *end*, which is the end of a line.

    entry: the file as it was listed. sha256: what the bytes were when they were read before, "" where they are new.
    """

    entry: Entry
    segment: Segment
    end: int
    sha256: str = ""

    @property
    def size(self) -> int:
        """Return the number of bytes."""
        return self.end - self.segment.offset


def known_end(record: FileRecord) -> int:
    """Return where the stretch of *record* ends in its file."""
    return (0 if record.segment is None else record.segment.offset) + record.size_bytes


def is_same_file(stream: BinaryIO, size: int, last: FileRecord) -> bool:
    """Say whether a file of *size* bytes goes on where the stretch *last* of its name ended: it did not begin anew."""
    if last.segment is None or size < known_end(last):
        return False
    return edges_sha256(stream, known_end(last)) == last.segment.edges_sha256


def edges_sha256(stream: BinaryIO, end: int) -> str:
    """Return the hash of the first bytes of a file and of the last ones before *end*."""
    digest = hashlib.sha256()
    for start in (0, max(0, end - EDGE_BYTES)):
        stream.seek(start)
        digest.update(stream.read(min(EDGE_BYTES, end - start)))
    return digest.hexdigest()


def new_stretch(stream: BinaryIO, entry: Entry, last: FileRecord | None) -> tuple[int, Stretch | None]:
    """Return the file's generation, and what of it is to be read beyond *last*, the latest stretch of its name.

    A file that began anew is read from its first byte. None: nothing is new; a line without its newline waits.
    """
    if last is None or last.segment is None:
        offset, generation, lines = 0, 0, 0
    elif is_same_file(stream, entry.size, last):
        offset, generation = known_end(last), last.segment.generation
        lines = last.segment.lines_before + last.segment.line_count
    else:
        offset, generation, lines = 0, last.segment.generation + 1, 0
    end = _end_of_last_line(stream, offset, entry.size)
    if end is None:
        return generation, None
    return generation, Stretch(entry, Segment(offset, generation, lines, 0, edges_sha256(stream, end)), end)


def _end_of_last_line(stream: BinaryIO, start: int, size: int) -> int | None:
    """Return the place after the last newline of [start, size), None where there is none."""
    end = size
    while end > start:
        begin = max(start, end - _BLOCK_BYTES)
        stream.seek(begin)
        newline = stream.read(end - begin).rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
        end = begin
    return None


def header_lines(stream: BinaryIO, declaration: FormatDeclaration) -> bytes:
    """Return the first lines of a file up to its header, b"" for a format without one or a file that has none."""
    if not declaration.has_header:
        return b""
    stream.seek(0)
    found = b""
    while len(found) < _HEADER_LIMIT_BYTES and (line := stream.readline(_HEADER_LIMIT_BYTES)):
        found += line
        text = line.removeprefix(_BOM).strip()
        if text and not text.startswith(tuple(comment.encode() for comment in declaration.comments)):
            return found
    return b""


class StretchStream(RawIOBase):
    """A read-only stream of *head* and then of the bytes of a stretch, which alone are hashed and counted."""

    def __init__(self, stream: BinaryIO, head: bytes, stretch: Stretch) -> None:
        super().__init__()
        self._stream = stream
        self._head = head
        self._left = stretch.size
        self._digest = hashlib.sha256()
        self.line_count = 0
        stream.seek(stretch.segment.offset)

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to *size* bytes, b"" at the end of the stretch."""
        if self._head:
            data, self._head = self._head, b""
            return data
        data = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        self._digest.update(data)
        self.line_count += data.count(b"\n")
        return data

    @property
    def is_whole(self) -> bool:
        """Whether every byte of the stretch was there to read."""
        return self._left == 0

    def sha256_of_all(self) -> str:
        """Return the hash of the stretch, reading what the parser left unread."""
        while self.read(_BLOCK_BYTES):
            pass
        return self._digest.hexdigest()
