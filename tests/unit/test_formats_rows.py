"""What is a row, and which rows can be read: one line is one record, a fault costs its own line.

Belongs here: quotes, line ends, blank and comment lines, broken bytes.
Does not belong here: whole files (test_formats_files.py), values (test_formats_values.py).
"""

from __future__ import annotations

import time

import pytest

from pipelines.formats.lines import row_regex, split_line
from tests.samples.formats.reading import declared, feed, read

HEADER = "call_id,setup_at,ended_at,is_answered,b_number,account_code,release_reason\n"


def row(call_id: str, reason: str = "", account: str = "acme") -> str:
    return f"{call_id},2026-03-10T12:00:00Z,2026-03-10T12:00:09Z,false,4930123456,{account},{reason}"


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('a,"b, c",d', ["a", "b, c", "d"]),
        ('"say ""yes""",', ['say "yes"', ""]),
        ('"",""', ["", ""]),
        ("", [""]),
    ],
)
def test_a_line_is_cut_at_delimiters_outside_quotes(line: str, fields: list[str]) -> None:
    assert split_line(line, ",", '"') == fields


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('a,"b', "opens field 2 is not closed"),
        ('"a"b,c', "follows the closing quote of field 1"),
        ('a,b"c', "stands inside field 2"),
        ('a, "b"', "stands inside field 2"),
        ('"a""', "opens field 1 is not closed"),
    ],
)
def test_a_quoting_fault_says_which_field(line: str, fault: str) -> None:
    told = split_line(line, ",", '"')
    assert isinstance(told, str)
    assert fault in told


def test_an_open_quote_costs_its_own_line_alone() -> None:
    outcome = read(HEADER + "\n".join([row("c1"), row("c2", '"open'), row("c3"), row("c4", 'clo"sed'), row("c5")]))
    assert [leg["call_id"] for leg in outcome.legs] == ["c1", "c3", "c5"]
    assert outcome.reasons == {3: "unreadable_row", 5: "unreadable_row"}
    assert outcome.rejects[0]["raw_text"] == row("c2", '"open')


def test_a_line_break_inside_quotes_is_a_fault_of_both_its_lines() -> None:
    outcome = read(HEADER + row("c1", '"two\nlines"') + "\n" + row("c2"))
    assert outcome.reasons == {2: "unreadable_row", 3: "unreadable_row"}
    assert [leg["line_number"] for leg in outcome.legs] == [4]


def test_short_and_long_rows_say_how_many_fields_are_right() -> None:
    outcome = read(HEADER + row("c1").rsplit(",", 1)[0] + "\n" + row("c2") + ",more\n")
    assert [reject["detail"] for reject in outcome.rejects] == [
        "the row has 6 fields where 7 are right",
        "the row has 8 fields where 7 are right",
    ]


def test_blank_and_comment_lines_are_no_rows_but_are_counted_as_lines() -> None:
    content = "# about this file\n\n" + HEADER + '# "open quote, in a comment\n   \n' + row("c1") + "\n\n"
    assert read(content).leg["line_number"] == 6


def test_a_quoted_field_that_begins_like_a_comment_is_a_field() -> None:
    content = "call_id,setup_at,ended_at,is_answered,b_number,account_code\n" + '"#1",' + row("x").split(",", 1)[1][:-1]
    assert read(content).leg["call_id"] == "#1"


def test_a_switch_without_comments_may_write_rows_that_look_like_one() -> None:
    content = '"#Ann","1","2","x","2026-03-10 12:00:00","","2026-03-10 12:00:09","9","0","NO_ANSWER","u","","a","",""'
    assert read(content.replace('"', ""), feed("freeswitch_csv")).leg["call_id"] == "u"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_of_windows_and_a_last_line_without_one(end: str, last: bool) -> None:
    content = end.join([HEADER.strip(), row("c1"), row("c2", '"a ""b"""')]) + (end if last else "")
    outcome = read(content)
    assert [leg["release_reason"] for leg in outcome.legs] == [None, 'a "b"']
    broken = read(content.replace('""b', '"b'))
    assert broken.rejects[0]["raw_text"] == row("c2", '"a "b"""')


def test_a_carriage_return_inside_a_line_is_a_character_like_any() -> None:
    assert read(HEADER + row("c1", "a\rb") + "\r\n").leg["release_reason"] == "a\rb"


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert read(b"\xef\xbb\xbf" + (HEADER + row("c1")).encode()).leg["call_id"] == "c1"


def test_a_byte_order_mark_further_down_is_a_character_like_any() -> None:
    outcome = read(HEADER + row("c1") + "\n" + row("\ufeffc2"), chunk_bytes=1)
    assert [leg["call_id"] for leg in outcome.legs] == ["c1", "\ufeffc2"]


def test_broken_bytes_where_nobody_looks_cost_nothing() -> None:
    line = (
        b'"M\xfcller","1","4930123456","x","2026-03-10 12:00:00","","2026-03-10 12:00:09","9","0","N","u","","a","",""'
    )
    assert read(line, feed("freeswitch_csv")).leg["call_id"] == "u"


def test_broken_bytes_in_a_column_that_is_used_cost_the_row_and_are_shown() -> None:
    content = (
        (HEADER + row("c1") + "\n").encode() + row("c2", "Gr").encode() + b"\xfc\xdfe \xc3\xbc\n" + row("c3").encode()
    )
    outcome = read(content)
    assert outcome.reasons == {3: "unparsable_release_reason"}
    assert outcome.rejects[0]["raw_text"] == row("c2", "Gr\\xFC\\xDFe ü")
    assert outcome.rejects[0]["detail"] == "release_reason is 'Gr\\xFC\\xDFe ü'; right is text in UTF-8"
    assert [leg["call_id"] for leg in outcome.legs] == ["c1", "c3"]


def test_a_character_that_stands_in_for_nothing_is_shown_as_its_bytes() -> None:
    outcome = read(HEADER + row("c1") + "\n" + row("c2", "\U0010ff81"))
    assert outcome.reasons == {3: "unparsable_release_reason"}
    assert outcome.rejects[0]["raw_text"] == row("c2", "\\xF4\\x8F\\xBE\\x81")


def test_zeros_a_crash_left_far_inside_a_file_cost_their_line() -> None:
    lines = [row(f"c{number}") for number in range(1500)]
    lines[1400] = "\0" * 300 + lines[1400]
    outcome = read(HEADER + "\n".join(lines))
    assert outcome.reasons == {1402: "unreadable_row"}
    assert outcome.rejects[0]["raw_text"].startswith("\\x00\\x00")
    assert len(outcome.legs) == 1499


@pytest.mark.parametrize("text", ["x" * 1_000_000, '"' + '""' * 500_000 + '"', '"' * 999_999, "," * 1_000_000])
def test_a_line_of_a_megabyte_takes_no_longer_than_its_size(text: str) -> None:
    begin = time.monotonic()
    outcome = read(HEADER + row("c1", text) + "\n" + row("c2"))
    assert len(outcome.legs) + len(outcome.rejects) == 2
    assert outcome.legs[-1]["call_id"] == "c2"
    assert time.monotonic() - begin < 5


def test_any_delimiter_and_quote_and_none() -> None:
    columns = '[columns]\ncall_id = "i"\nsetup_at = "s"\n'
    columns += 'ended_at = "e"\nis_answered = "x"\nb_number = "b"\naccount_code = "a"\n'
    line = "c1|2026-03-10T12:00:00|2026-03-10T12:00:09|false|49|'a|''b'''\n"
    quoted = declared("kind = 'csv'\ndelimiter = '|'\nquote = \"'\"\n" + columns)
    assert read("i|s|e|x|b|a\n" + line, feed(quoted)).leg["account_code"] == "a|'b'"
    plain = declared("kind = 'csv'\ndelimiter = '^'\nquote = ''\n" + columns)
    content = 'i^s^e^x^b^a\nc1^2026-03-10T12:00:00^2026-03-10T12:00:09^false^49^"a^\n'
    assert read(content.replace('"a^', '"a'), feed(plain)).leg["account_code"] == '"a'
    tabs = declared('kind = "csv"\ndelimiter = "\\t"\n' + columns)
    assert read(content.replace('"a^', "a b").replace("^", "\t"), feed(tabs)).leg["account_code"] == "a b"


def test_the_pattern_of_whole_columns_is_made_of_the_same_two_characters() -> None:
    assert (
        row_regex("|", "'", 3) == r"(?s)^(?:'(?:[^\x27]|'')*'|[^\x7c\x27]*)(?:\|(?:'(?:[^\x27]|'')*'|[^\x7c\x27]*)){2}$"
    )
