"""A file of JSON documents, each over as many lines as it likes, cut into rows.

Belongs here: where a document begins and ends, what a broken one costs, files that end inside one.
Does not belong here: reading one document (json_rows.py).

A document is an object. Documents follow one another, or are the elements of one list. A row is told by the line on
which its document begins, so two on a line are one row that cannot be read. A broken document ends before the next line
that begins as its own does: with the same white space and a brace. (docs/decisions/0030)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.formats.encoding import to_utf8
from pipelines.formats.faults import FileFault
from pipelines.formats.json_rows import WHITE, DocumentReader, NoDocument, read_document
from pipelines.formats.rows import Split
from pipelines.formats.shape import FormatDeclaration
from pipelines.formats.streams import Chunk

_LIMIT = 64 << 20
_BETWEEN = re.compile(r"[ \t\r\n,]*")
_AFTER = re.compile(r"[ \t\r]*,?[ \t\r]*\n")
_AFTER_IN_LIST = re.compile(r"[ \t\r]*,?[ \t\r]*\]?[ \t\r]*\n")


def split_documents(chunks: Iterator[Chunk], declaration: FormatDeclaration) -> Iterator[Split]:
    """Yield the rows of the file. Raises FileFault: truncated where it ends inside a document or a list."""
    cutter = _Cutter(DocumentReader(declaration.column_lists[0]))
    for chunk in chunks:
        cutter.feed(to_utf8(chunk.data)[0].decode())
        yield cutter.reader.take()
    cutter.finish()
    yield cutter.reader.take()


class _Cutter:
    """Takes text as it comes and gives whole documents to *reader*."""

    def __init__(self, reader: DocumentReader) -> None:
        self.reader = reader
        self._text = ""
        self._at = 0
        self._line = 1
        self._indent = ""
        self._is_begun = False
        self._in_list = False
        self._may_be_closed = False

    def feed(self, text: str) -> None:
        """Take whole lines."""
        self._text = self._text[self._at :] + text
        self._at = 0
        while self._take(is_last=False):
            pass
        if len(self._text) - self._at > _LIMIT:
            raise FileFault("wrong_format", f"a document is longer than {_LIMIT >> 20} MiB; these are no CDRs")

    def finish(self) -> None:
        """Take what is left as the file's end."""
        while self._take(is_last=True):
            pass
        if self._in_list and not self._may_be_closed:
            raise FileFault("truncated", "the file ends inside its list of documents; send it again whole")

    def _take(self, *, is_last: bool) -> bool:
        """Deal with the next row; return whether there was a whole one."""
        self._skip()
        text, begin = self._text, self._at
        if begin == len(text):
            return False
        try:
            document, end = read_document(text, begin)
        except NoDocument as fault:
            # No token runs over the end of a line, so a document that only lacks its end fails where the text ends,
            # or in the last line, when it was cut inside a token.
            rest = text[fault.at :].strip(WHITE)
            is_open = text[begin] in "{[" and not rest
            is_cut = text[begin] == "{" and "\n" not in rest and not rest.endswith(("}", "]"))
            if is_last and (is_open or is_cut):
                told = f"the document that begins in line {self._line} is not closed; send the file again whole"
                raise FileFault("truncated", told) from None
            return not is_open and self._refuse(str(fault), is_last=is_last)
        if not (_AFTER_IN_LIST if self._in_list else _AFTER).match(text, end):
            why = "more than one document, or other text, stands on the line; begin each document on a line of its own"
            self._give_up(text.index("\n", end) + 1, why)
            return True
        self.reader.add(self._line, text[begin:end], document)
        self._move(end)
        self._may_be_closed = False
        return True

    def _refuse(self, reason: str, *, is_last: bool) -> bool:
        """Give up the row up to the next line that begins as its own does."""
        next_row = re.compile(rf"\n(?={re.escape(self._indent)}\{{)").search(self._text, self._at)
        if next_row is None and not is_last:
            return False
        self._give_up(len(self._text) if next_row is None else next_row.end(), reason)
        return True

    def _give_up(self, end: int, reason: str) -> None:
        text = self._text[self._at : end].rstrip("\n")
        self._may_be_closed = text.rstrip(WHITE).endswith("]")  # the end of the list may be part of it
        self.reader.refuse(self._line, text, reason)
        self._move(end)

    def _skip(self) -> None:
        """Go to where the next row begins, over white space and what belongs to the list around rows."""
        while True:
            found = _BETWEEN.match(self._text, self._at)
            self._move(self._at if found is None else found.end())
            following = self._text[self._at : self._at + 1]
            if following == "[" and not self._is_begun:
                self._in_list = True
            elif following == "]" and self._in_list:
                self._in_list = False
            else:
                self._is_begun = self._is_begun or bool(following)
                return
            self._is_begun = True
            self._at += 1

    def _move(self, end: int) -> None:
        """Go on to *end*, keeping count of lines and of the white space the line there begins with."""
        passed = self._text[self._at : end]
        self._line += passed.count("\n")
        newline = passed.rfind("\n")
        if newline >= 0:
            self._indent = passed[newline + 1 :] if not passed[newline + 1 :].strip(" \t") else ""
        self._at = end
