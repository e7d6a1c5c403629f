"""Any file: every row in exactly one of legs and rejects, and what is read equals another reading of it.

Belongs here: laws of reading that hold of generated files, against Python's own csv, datetime, zoneinfo, fractions.
Does not belong here: single rules (tests/unit/test_formats_*.py).
"""

from __future__ import annotations

import csv
import io
import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.formats import FileFault, load_format
from pipelines.formats.lines import row_regex, split_line
from pipelines.settings import Feed
from tests.landings import random_landing
from tests.oracle.landing import oracle_input
from tests.oracle.model import SourceFile
from tests.oracle.reading import FileFaultError, read_file
from tests.samples.formats.reading import Outcome, declared, feed, read

TEXT = st.text(
    st.one_of(st.sampled_from('",;\'\r\t #a1é\0\u2028\x85"'), st.characters(exclude_categories=["Cs"])), max_size=12
).map(lambda text: text.replace("\n", ""))
HEADER = b"call_id,setup_at,is_answered,answered_ms,b_number,account_code"


@given(st.lists(TEXT, min_size=1, max_size=5), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_what_pythons_csv_writes_is_read_back(fields: list[str], quoting: int) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="").writerow(fields)  # type: ignore[arg-type]
    assert split_line(out.getvalue(), ",", '"') == fields


@given(TEXT, st.sampled_from([",", "|", "^", "]", "\\"]), st.sampled_from(['"', "'", ""]))
def test_the_pattern_for_whole_columns_accepts_what_the_slow_reader_does(line: str, delimiter: str, quote: str) -> None:
    fields = split_line(line, delimiter, quote)
    for count in range(1, 5):
        fits = pl.Series([line]).str.contains(row_regex(delimiter, quote, count)).item()
        assert fits == (isinstance(fields, list) and len(fields) == count)


good_lines = st.builds(
    "c{},2026-03-10T12:00:00Z,{},1000,4930123456,{}".format,
    st.integers(0, 99),
    st.sampled_from(["true", "false", ""]),
    st.sampled_from(["acme", '"a, ""b"""', "", "Käse", '""']),
).map(str.encode)
no_rows = st.sampled_from([b"", b"   ", b"# comment", b'# "', b"\r", b"\t"])
broken_lines = st.one_of(
    st.sampled_from([b'c1,"open', b"c2,2026,,,,,", b"x", b",,,,,", b'"a"b,,,,,', b"c3,now,true,1,49,a", b"\xff,,,,,"]),
    st.sampled_from([b"c4,2026-03-10T12:00:00Z,maybe,1,49,a", b"c5,2026-03-10T12:00:00Z,,-1,49,\xe9", b'c6,"",,,\r,']),
    st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")),
)
lines = st.lists(st.one_of(good_lines, good_lines, no_rows, broken_lines), max_size=30)


def shown(line: bytes) -> str:
    """Return the line as a reject must show it."""
    text = line.decode(errors="surrogateescape")
    return "".join(
        f"\\x{ord(one) - 0xDC00:02X}" if 0xDC80 <= ord(one) <= 0xDCFF else "\\x00" if one == "\0" else one
        for one in text
    )


@given(lines, st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.sampled_from([700, 70_000, 75_000, 1 << 20]))
def test_every_row_is_a_leg_or_a_reject_with_its_line(rows: list[bytes], end: bytes, last: bool, size: int) -> None:
    # A good row first, for a file of nothing but broken text is a fault of the file; then comments enough that NULs are
    # not where the file is looked at to tell a binary one.
    rows = [HEADER, b"c0,2026-03-10T12:00:00Z,true,1000,4930123456,acme", *[b"#" * 70] * 1000, *rows]
    outcome = read(end.join(rows) + (end if last else b""), chunk_bytes=size)
    expected = {}
    for number, row in enumerate(rows[1:], start=2):
        has_own_end = end == b"\r\n" and (last or number < len(rows))
        line = row if has_own_end else row.removesuffix(b"\r")
        if shown(line).strip() and not line.startswith(b"#"):
            expected[number] = line
    legs = {leg["line_number"]: leg for leg in outcome.legs}
    rejects = {reject["line_number"]: reject for reject in outcome.rejects}
    assert len(legs) + len(rejects) == len(outcome.legs) + len(outcome.rejects)
    assert not legs.keys() & rejects.keys()
    assert legs.keys() | rejects.keys() == expected.keys()
    for number, reject in rejects.items():
        assert reject["raw_text"] == shown(expected[number])
        assert reject["detail"]
    for number, leg in legs.items():
        fields = split_line(expected[number].decode(), ",", '"')
        assert isinstance(fields, list)
        assert (leg["call_id"], leg["account_code"] or "") == (fields[0], fields[5])
    assert list(legs) == sorted(legs)
    assert list(rejects) == sorted(rejects)


def read_or_fault(content: bytes, of: Feed, size: int) -> Outcome | str:
    try:
        return read(content, of, chunk_bytes=size)
    except FileFault as fault:
        return str(fault)


@given(lines, st.integers(1, 400))
def test_the_size_of_a_chunk_changes_nothing(rows: list[bytes], size: int) -> None:
    content = b"\n".join([HEADER, *rows])
    assert read_or_fault(content, feed(), size) == read_or_fault(content, feed(), 1 << 24)


@given(st.integers(0, 10_000), st.sampled_from([40, 1000, 1 << 20]))
def test_landings_of_others_are_read_as_the_oracle_reads_them(seed: int, size: int) -> None:
    landing = random_landing(random.Random(seed), size=20)
    for file in oracle_input(landing.toml, landing.files, landing.as_of).files:
        outcome = read_or_fault_of(file, size)
        try:
            _, legs, rejects = read_file(file)
        except FileFaultError as fault:
            status = str(fault)
            assert_same_fault(outcome, status)
            continue
        assert isinstance(outcome, Outcome)
        assert outcome.reasons == {reject.line: reject.reason for reject in rejects}
        assert [leg["line_number"] for leg in outcome.legs] == [leg.line for leg in legs]
        for mine, theirs in zip(outcome.legs, legs, strict=True):
            for name in mine.keys() - {"feed_id", "file_id", "line_number", "answered_ms"}:
                assert mine[name] == getattr(theirs, name), name
            assert mine["answered_ms"] == (theirs.answered_ms or 0)


def assert_same_fault(outcome: Outcome | str, status: str) -> None:
    assert isinstance(outcome, str)
    assert outcome.startswith(status)


def read_or_fault_of(file: SourceFile, size: int) -> Outcome | str:
    theirs = file.feed
    mine = Feed(
        theirs.feed_id,
        load_format("tollbook_csv", {}),
        "*",
        timezone=theirs.timezone,
        extra_columns="ignore" if theirs.extra_columns == "ignore" else "error",
        repeated_time="later" if theirs.repeated_time == "later" else "earlier",
        dtmf="digits" if theirs.dtmf == "digits" else "count",
        country_code=theirs.country_code or None,
        national_prefix=theirs.national_prefix or None,
        international_prefix=theirs.international_prefix or None,
    )
    try:
        return read(file.content, mine, name=file.path, drop_hour=file.drop_hour, chunk_bytes=size)
    except FileFault as fault:
        return str(fault)


ZONES = ["UTC", "Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
# around clock changes of those zones, and anywhere
local_times = st.one_of(
    st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)),
    st.sampled_from(
        ["2026-03-29T01", "2026-10-25T01", "2026-03-08T02", "2026-11-01T01", "2026-10-04T02", "2026-04-05T01"]
    )
    .map(datetime.fromisoformat)
    .flatmap(lambda start: st.timedeltas(timedelta(0), timedelta(minutes=59)).map(lambda after: start + after)),
)
STRANGE = """
kind = "csv"
delimiter = ";"
header = false
fields = ["id", "date", "time", "seconds", "b", "a"]
[columns]
call_id = "id"
setup_at = { from = ["date", "time"], format = "%d/%m/%Y %H:%M:%S.%f" }
answered_ms = { from = "seconds", unit = "s" }
is_answered = { constant = true }
b_number = "b"
account_code = "a"
"""


@given(
    st.lists(st.tuples(local_times, st.decimals(0, 10**8, places=5)), min_size=1, max_size=8), st.sampled_from(ZONES)
)
def test_times_and_seconds_equal_another_exact_reading(rows: list[tuple[datetime, object]], zone: str) -> None:
    content = "\n".join(f"c;{at:%d/%m/%Y;%H:%M:%S.%f};{seconds};49;a" for at, seconds in rows)
    outcome = read(content, feed(declared(STRANGE), timezone=zone), drop_hour=datetime(2040, 1, 1))
    assert outcome.rejects == []
    for leg, (at, seconds) in zip(outcome.legs, rows, strict=True):
        instant = at.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC).replace(tzinfo=None)
        assert leg["setup_at"] == instant
        assert leg["answered_ms"] == Fraction(str(seconds)) * 1000 // 1
        assert leg["ended_at"] == instant + timedelta(milliseconds=leg["answered_ms"])
