"""Files that can be read to their end, and the status of those that cannot.

Belongs here: compression, truncation, binary files, encodings, headers, files of another format.
Does not belong here: single rows (test_formats_rows.py).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pyarrow as pa
import pytest

from pipelines.formats import FileFault
from tests.samples.formats.reading import FOLDER, declared, feed, read

GOOD = (FOLDER / "tollbook_good.csv").read_bytes()
MANY = GOOD + b"".join(
    b"c%d,,,2026-03-10T12:00:00Z,,,,false,0,,,49301234567,acme,,,,,,,,\n" % i for i in range(10, 5000)
)


def zstd(content: bytes) -> bytes:
    return pa.compress(content, codec="zstd", asbytes=True)


PACKERS: dict[str, Callable[[bytes], bytes]] = {"cdr.csv": bytes, "cdr.csv.gz": gzip.compress, "cdr.csv.zst": zstd}


def fault(content: bytes, name: str = "cdr.csv", of: str = "tollbook_csv", **settings: str) -> tuple[str, str]:
    with pytest.raises(FileFault) as raised:
        read(content, feed(of, **settings), name=name, chunk_bytes=50_000)
    return raised.value.status_code, raised.value.reason


@pytest.mark.parametrize("name", PACKERS)
def test_packed_files_hold_the_same_rows(name: str) -> None:
    assert read(PACKERS[name](MANY), name=name, chunk_bytes=10_000) == read(MANY)


def test_packed_files_may_be_put_together_of_several() -> None:
    half = len(MANY) // 2
    for name in ("cdr.csv.gz", "cdr.csv.zst"):
        pack = PACKERS[name]
        assert read(pack(MANY[:half]) + pack(MANY[half:]), name=name) == read(MANY)


@pytest.mark.parametrize("name", ["cdr.csv.gz", "cdr.csv.zst"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9, 0.999])
def test_a_packed_file_that_was_cut_gives_no_rows(name: str, part: float) -> None:
    packed = PACKERS[name](MANY)
    assert fault(packed[: int(len(packed) * part)], name)[0] == "truncated"


def test_a_packed_file_with_a_flipped_bit_is_not_believed() -> None:
    packed = bytearray(gzip.compress(MANY))
    packed[-6] ^= 1  # in the check sum: the text itself would look fine
    status, reason = fault(bytes(packed), "cdr.csv.gz")
    assert status == "truncated"
    assert "CRC check failed" in reason


@pytest.mark.parametrize("name", PACKERS)
def test_no_bytes_are_an_empty_file(name: str) -> None:
    assert fault(b"", name)[0] == "empty"


@pytest.mark.parametrize("name", ["cdr.csv.gz", "cdr.csv.zst"])
def test_nothing_that_was_packed_is_an_empty_file(name: str) -> None:
    assert fault(PACKERS[name](b""), name)[0] == "empty"


@pytest.mark.parametrize("name", ["cdr.csv.gz", "cdr.csv.zst"])
def test_a_name_that_lies_about_its_packing(name: str) -> None:
    assert fault(GOOD, name)[0] == "wrong_format"


def test_a_packed_file_under_a_plain_name_is_told_what_it_is() -> None:
    assert fault(gzip.compress(MANY)) == ("binary", "the file is gzip; give it a name that ends in .gz")
    assert fault(zstd(MANY)) == ("binary", "the file is zstd; give it a name that ends in .zst")


def test_binary_files_and_other_encodings() -> None:
    assert fault(b"\x7fELF\x02\x01" + bytes(100))[0] == "binary"
    assert fault(b"abc\0def\n" * 10)[0] == "binary"
    assert fault(GOOD.decode().encode("utf-16"))[0] == "wrong_encoding"
    assert fault(GOOD.decode().encode("utf-16-be"))[0] == "wrong_encoding"
    assert fault(GOOD.decode().encode("utf-16-le"))[0] == "wrong_encoding"


def test_a_file_of_which_every_row_is_broken_text_is_of_another_encoding() -> None:
    header = b"call_id,setup_at,ended_at,is_answered,b_number,account_code\n"
    rows = [b"c%d,2026-03-10T12:00:00Z,2026-03-10T12:00:09Z,false,49,M\xfcller\n" % i for i in range(3)]
    assert fault(header + b"".join(rows))[0] == "wrong_encoding"
    assert len(read(header + b"".join(rows) + rows[0].replace(b"\xfc", b"u")).legs) == 1


def test_a_quiet_hour_is_a_header_without_rows() -> None:
    outcome = read(GOOD.splitlines(keepends=True)[1])
    assert (outcome.legs, outcome.rejects) == ([], [])


def test_a_quiet_hour_of_a_switch_without_headers_is_a_blank_line() -> None:
    assert read("\n", feed("freeswitch_csv")).legs == []


def test_a_file_that_should_have_a_header_and_has_comments_alone_is_empty() -> None:
    assert fault(b"# nothing today\n\n")[0] == "empty"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("call_id;setup_at;b_number", "missing: call_id, b_number, setup_at"),
        (
            "call_id,setup_at,b_number,ended_at,is_answered",
            "one of account_code, tech_prefix, trunk, source_ip, a_number",
        ),
        ("call_id,setup_at,b_number,trunk,is_answered", "one of ended_at, answered_ms"),
        ("call_id,setup_at,b_number,trunk,ended_at", "one of answered_at, is_answered"),
        ("call_id,setup_at,b_number,trunk,ended_at,answered_at,colour", "nobody knows: colour"),
        ("call_id,setup_at,b_number,trunk,ended_at,answered_at,trunk", "twice: trunk"),
        ('call_id,"setup_at', "cannot be read"),
    ],
)
def test_a_wrong_header_says_what_is_wrong(header: str, reason: str) -> None:
    status, told = fault(f"{header}\n1,2,3\n".encode())
    assert status == "wrong_header"
    assert reason in told


def test_a_feed_may_let_unknown_columns_be() -> None:
    content = "colour,call_id,setup_at,b_number,trunk,ended_at,answered_at\n"
    content += "red,c1,2026-03-10T12:00:00Z,49,t,2026-03-10T12:00:09Z,"
    assert read(content, feed(extra_columns="ignore")).leg["trunk"] == "t"


@pytest.mark.parametrize("count", [900, 1100, 100_000])
def test_a_header_of_any_width_can_be_read(count: int) -> None:
    names = "colour," * count + "call_id,setup_at,b_number,trunk,ended_at,answered_at\n"
    good = "," * count + 'c1,2026-03-10T12:00:00Z,49,"t ""1""",2026-03-10T12:00:09Z,\n'
    wide = declared("extends = 'tollbook_csv'\nother_columns = 'ignore'")
    outcome = read(names + good + 'x,"y"\n', feed(wide))
    assert (outcome.legs[0]["trunk"], outcome.reasons) == ('t "1"', {3: "unreadable_row"})


def test_a_declared_format_minds_only_the_columns_it_uses() -> None:
    reseller = declared((FOLDER / "reseller.toml").read_text())
    good = (FOLDER / "reseller_good.csv").read_text()
    assert len(read(good.replace("Salesforce Product", "Anything"), feed(reseller)).legs) == 3
    with pytest.raises(FileFault, match="missing: Call Date\\+Call Time"):
        read(good.replace("Call Time", "Time"), feed(reseller))


def test_a_file_of_another_switch_without_header_is_not_taken_row_by_row() -> None:
    asterisk = (FOLDER / "asterisk_every_form.csv").read_bytes()
    status, reason = fault(asterisk, of="freeswitch_csv")
    assert status == "wrong_format"
    assert "15 columns" in reason
    assert fault(b'<cdr id="1">\n  <x y="2"/>\n</cdr>\n', of="freeswitch_csv")[0] == "wrong_format"


def test_one_good_row_makes_the_others_rejects() -> None:
    lines = (FOLDER / "freeswitch_good.csv").read_bytes().splitlines(keepends=True)
    outcome = read(b"a,b,c\n" + lines[0] + b"d\n", feed("freeswitch_csv"))
    assert outcome.reasons == {1: "unreadable_row", 3: "unreadable_row"}
    assert len(outcome.legs) == 1


def test_a_line_without_end_is_refused_before_memory_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.formats.streams._LINE_LIMIT_BYTES", 3 << 20)
    status, reason = fault(b"x" * (5 << 20), of="freeswitch_csv")
    assert status == "wrong_format"
    assert "a line is longer" in reason
