"""From a stored file to its bytes in whole lines: decompressed to its very end, checked to be text.

Belongs here: .gz and .zst, truncation, binary files and foreign encodings, cutting at line ends.
Does not belong here: fields (rows.py), encodings of single fields (encoding.py).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase
from typing import BinaryIO, cast

import pyarrow as pa

from pipelines.formats.faults import FileFault

_BLOCK_BYTES = 1 << 20
_LOOK_BYTES = 1 << 16
_LINE_LIMIT_BYTES = 64 << 20
_BOM = b"\xef\xbb\xbf"
_UTF_16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_KNOWN_BINARIES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip; give it a name that ends in .gz"),
    (b"\x28\xb5\x2f\xfd", "zstd; give it a name that ends in .zst"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet; unpack it, or save it as CSV"),
    (b"BZh", "bzip2; unpack it, or pack it as .gz or .zst"),
    (b"\xfd7zXZ\x00", "xz; unpack it, or pack it as .gz or .zst"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a program or a core dump"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3", "an SQLite database"),
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines of a file, without CR at their ends: data ends in a newline; first_line counts from 1."""

    data: bytes
    first_line: int
    line_count: int


def line_chunks(stream: BinaryIO, file_name: str, chunk_bytes: int) -> Iterator[Chunk]:
    """Yield the lines of *stream* in chunks of about *chunk_bytes*, at least one line each.

    The compression is told by the end of *file_name*. Raises FileFault when the file has no bytes, is no text, or
    cannot be read to its end.
    """
    first_line = 1
    for data in _cut_at_lines(_checked(_unpacked(stream, file_name)), chunk_bytes):
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")  # noqa: PLW2901 - the chunk in its final form
        line_count = data.count(b"\n")
        yield Chunk(data, first_line, line_count)
        first_line += line_count


def _unpacked(stream: BinaryIO, file_name: str) -> Iterator[bytes]:
    if file_name.endswith(".gz"):
        yield from _gzip_blocks(stream)
    elif file_name.endswith(".zst"):
        yield from _zstd_blocks(stream)
    else:
        while block := stream.read(_BLOCK_BYTES):
            yield block


def _gzip_blocks(stream: BinaryIO) -> Iterator[bytes]:
    watched = _Watched(stream)
    unpacked = gzip.GzipFile(fileobj=cast(BinaryIO, watched), mode="rb")
    is_begun = False
    while True:
        try:
            block = unpacked.read(_BLOCK_BYTES)
        except EOFError:
            raise FileFault("truncated", "the gzip file ends before its end mark; send it again whole") from None
        except gzip.BadGzipFile as fault:
            if is_begun or watched.first.startswith(b"\x1f\x8b"):
                raise FileFault("truncated", f"the gzip file is damaged ({fault}); send it again") from None
            raise FileFault("wrong_format", "the name ends in .gz, the content is no gzip; rename or pack it") from None
        except zlib.error as fault:
            raise FileFault("truncated", f"the gzip file is damaged ({fault}); send it again") from None
        if not block:
            break
        is_begun = True
        yield block
    if not watched.first:
        raise FileFault("empty", "the file has no bytes")


def _zstd_blocks(stream: BinaryIO) -> Iterator[bytes]:
    watched = _Watched(stream)
    with pa.CompressedInputStream(pa.PythonFile(watched, mode="r"), "zstd") as unpacked:
        while True:
            try:
                block = unpacked.read(_BLOCK_BYTES)
            except (OSError, pa.ArrowInvalid) as fault:
                if watched.first and not watched.first.startswith(b"\x28\xb5\x2f\xfd"):
                    raise FileFault(
                        "wrong_format", "the name ends in .zst and the content is no zstd; rename or pack it"
                    ) from None
                raise FileFault("truncated", f"the zstd file is cut short or damaged ({fault}); send it anew") from None
            if not block:
                break
            yield block
    if not watched.first:
        raise FileFault("empty", "the file has no bytes")


class _Watched(RawIOBase):
    """A stream that remembers its first bytes and whose closing leaves the caller's stream open."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self.first = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        if len(self.first) < 4:
            self.first = (self.first + data[:4])[:4]
        return data


def _checked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass text on without its byte order mark; raise FileFault for what is none."""
    start = b""
    for block in blocks:
        start += block
        if len(start) >= _LOOK_BYTES:
            break
    if not start:
        raise FileFault("empty", "the file has no bytes")
    _refuse_binary(start[:_LOOK_BYTES])
    yield start.removeprefix(_BOM)
    yield from blocks


def _refuse_binary(start: bytes) -> None:
    if start.startswith(_UTF_16_BOMS):
        raise FileFault("wrong_encoding", "the file is UTF-16; write it as UTF-8")
    for magic, what in _KNOWN_BINARIES:
        if start.startswith(magic):
            raise FileFault("binary", f"the file is {what}")
    if b"\0" not in start:
        return
    # Latin text in UTF-16 has a NUL in every second place and none in the others.
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if min(even, odd) * 20 < max(even, odd) and max(even, odd) * 3 > len(start) // 2:
        raise FileFault("wrong_encoding", "the file is UTF-16 without a byte order mark; write it as UTF-8")
    raise FileFault("binary", "the file holds NUL bytes, so it is no text")


def _cut_at_lines(blocks: Iterator[bytes], chunk_bytes: int) -> Iterator[bytes]:
    """Yield the bytes in pieces that end in a newline, each of at least *chunk_bytes* but for the last."""
    parts: list[bytes] = []
    size = since_newline = 0
    for block in blocks:
        parts.append(block)
        size += len(block)
        newline = block.rfind(b"\n")
        since_newline = since_newline + len(block) if newline < 0 else len(block) - newline - 1
        if since_newline > _LINE_LIMIT_BYTES:
            raise FileFault("wrong_format", f"a line is longer than {_LINE_LIMIT_BYTES >> 20} MiB; these are no CDRs")
        if size >= chunk_bytes and size > since_newline:
            whole = b"".join(parts)
            end = len(whole) - since_newline
            yield whole[:end]
            parts = [whole[end:]]
            size = since_newline
    rest = b"".join(parts)
    if rest:
        # The last line counts whether its newline was written or not.
        yield rest if rest.endswith(b"\n") else rest.removesuffix(b"\r") + b"\n"
