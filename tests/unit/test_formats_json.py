"""JSON: one document a line, one over many, several in a list; what lies at a path; where a broken one ends.

Belongs here: the kinds jsonl and json, codings of texts.
Does not belong here: FreeSWITCH's documents (test_formats_switches.py).
"""

from __future__ import annotations

import json

import pytest

from pipelines.formats import FileFault
from pipelines.formats.json_paths import split_path
from tests.samples.formats.reading import Outcome, declared, feed, read

COLUMNS = """
[columns]
call_id = "id"
b_number = "to.number"
setup_at = "at"
answered_ms = { from = "talk", unit = "s" }
is_answered = "ok"
account_code = { first_of = ["who.-1.name", 'odd\\.key'] }
"""
LINES = feed(declared('kind = "jsonl"\ncomment = ["//", "#"]' + COLUMNS))
DOCUMENTS = feed(declared('kind = "json"' + COLUMNS))


def document(number: int, **others: object) -> dict[str, object]:
    whole = {"id": f"c{number}", "to": {"number": "4420"}, "at": "2026-03-10T12:00:00Z", "talk": 1.5, "ok": True}
    return {**whole, "who": [{"name": "first"}, {"name": "last"}], **others}


def written(*documents: object, indent: int | None = None) -> str:
    return "".join(json.dumps(one, indent=indent) + "\n" for one in documents)


def lines_of(outcome: Outcome) -> list[tuple[int, str]]:
    return [(leg["line_number"], leg["call_id"]) for leg in outcome.legs]


@pytest.mark.parametrize("of", [LINES, DOCUMENTS])
def test_one_document_a_line(of: object) -> None:
    outcome = read(written(document(1), document(2)) + "\n", of)  # type: ignore[arg-type]
    assert lines_of(outcome) == [(1, "c1"), (2, "c2")]
    assert {(leg["answered_ms"], leg["is_answered"], leg["account_code"]) for leg in outcome.legs} == {
        (1500, True, "last")
    }


def test_lines_that_are_no_document_are_told_one_by_one() -> None:
    good = written(document(1))
    content = f"# note\n// note\n{good}[1]\n7\n{good.strip()} x\n{{'a': 1}}\n{{\n{good}NaN\n" + '{"a": 1\n'
    outcome = read(content, LINES)
    assert lines_of(outcome) == [(3, "c1"), (9, "c1")]
    assert outcome.reasons == dict.fromkeys([4, 5, 6, 7, 8, 10, 11], "unreadable_row")
    details = [row["detail"] for row in outcome.rejects]
    assert details[0] == "the row is JSON and no object; right is one object with the call's fields"
    assert details[2] == "text follows the JSON object; right is one object a line"
    assert "(character 2 of the line)" in details[3]
    assert "NaN is no value of JSON" in details[5]


def test_values_keep_the_text_they_are_written_in() -> None:
    (leg,) = read(written(document(1, talk=0, who=None) | {"odd.key": 7.10, "ok": "false"}), LINES).legs
    assert (leg["account_code"], leg["is_answered"], leg["answered_ms"]) == ("7.1", False, 0)
    large = written(document(1, id=10**40)).replace('"talk": 1.5', '"talk": 1.50000')
    (leg,) = read(large, LINES).legs
    assert (leg["call_id"], leg["answered_ms"]) == (str(10**40), 1500)
    assert read(written(document(1, talk=1e3)).replace("1000.0", "1e3"), LINES).reasons == {1: "unparsable_answered_ms"}


def test_a_path_may_lead_nowhere() -> None:
    outcome = read(written(document(1, to="4420"), document(2, who={}), document(3, who=[])), LINES)
    assert outcome.reasons == {1: "missing_b_number"}
    assert [leg["account_code"] for leg in outcome.legs] == [None, None]
    assert split_path(r"a\.b.c.-1") == ("a.b", "c", "-1")


def test_what_is_no_single_value_costs_its_row() -> None:
    twice = written(document(3)).replace('"id": "c3"', '"id": "c3", "id": "c4"')
    unasked = written(document(5)).replace("{", '{"unasked": 1, "unasked": [2], ', 1)
    content = written(document(1, to={"number": {}}), document(2, id=["c2"])) + twice + unasked
    outcome = read(content, LINES)
    assert outcome.reasons == dict.fromkeys([1, 2, 3], "unreadable_row")
    assert [row["detail"].split(" where")[0] for row in outcome.rejects] == [
        "to.number holds an object",
        "id holds a list",
        "id holds a key that stands there twice",
    ]
    assert lines_of(outcome) == [(4, "c5")]


def test_characters_that_are_none() -> None:
    bad = written(document(1)).replace("4420", "44\\ud800")
    nul = written(document(2)).replace("4420", "44\\u0000")
    pair = written(document(3)).replace("last", "\\ud83d\\ude00")
    outcome = read(bad + nul + pair, LINES)
    assert outcome.reasons == {1: "unparsable_b_number", 2: "unreadable_row"}
    assert outcome.legs[0]["account_code"] == "\U0001f600"


def test_bytes_that_are_no_utf8_cost_a_row_only_where_they_are_asked_for() -> None:
    content = written(document(1, name="M?ller")) + written(document(2, id="M?ller"))
    outcome = read(content.encode().replace(b"?", b"\xfc"), DOCUMENTS)
    assert outcome.reasons == {2: "unparsable_call_id"}
    assert "M\\xFCller" in outcome.rejects[0]["raw_text"]


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
@pytest.mark.parametrize("indent", [1, 0, "\t"])
def test_documents_over_many_lines(size: int, indent: int) -> None:
    text = written(*(document(number) for number in range(1, 8)), indent=indent)
    first = text.split("}\n{")[0].count("\n") + 2
    outcome = read(text, DOCUMENTS, chunk_bytes=size)
    assert [number for number, _ in lines_of(outcome)][:2] == [1, first]
    assert len(outcome.legs) == 7


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
@pytest.mark.parametrize("indent", [None, 2])
def test_documents_in_a_list(size: int, indent: int | None) -> None:
    rows = [document(1), document(2), document(3)]
    text = json.dumps(rows, indent=indent) if indent else "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]"
    assert [name for _, name in lines_of(read(text, DOCUMENTS, chunk_bytes=size))] == ["c1", "c2", "c3"]
    with pytest.raises(FileFault) as raised:
        read(text.removesuffix("]"), DOCUMENTS, chunk_bytes=size)
    assert (raised.value.status_code, "inside its list" in raised.value.reason) == ("truncated", True)


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_a_file_that_ends_inside_a_document_gives_no_rows(size: int) -> None:
    text = written(document(1), document(2), indent=1)
    for cut in range(text.index("}\n{") + 4, len(text) - 2, 7):
        with pytest.raises(FileFault, match="truncated: the document that begins in line 18"):
            read(text[:cut].rsplit("\n", 1)[0], DOCUMENTS, chunk_bytes=size)


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_a_broken_document_ends_where_the_next_begins_as_it_does(size: int) -> None:
    texts = [json.dumps(document(number), indent=2) for number in range(1, 5)]
    texts[1] = texts[1].replace('"at":', '"at"', 1)
    outcome = read("\n".join(texts), DOCUMENTS, chunk_bytes=size)
    assert [name for _, name in lines_of(outcome)] == ["c1", "c3", "c4"]
    assert [(row["raw_text"], row["line_number"]) for row in outcome.rejects] == [(texts[1], 18)]
    listed = "[\n" + ",\n".join(f"  {text}" for text in texts) + "\n]\n"
    outcome = read(listed, DOCUMENTS, chunk_bytes=size)
    assert [name for _, name in lines_of(outcome)] == ["c1", "c3", "c4"]
    assert list(outcome.reasons) == [19]


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_two_documents_on_a_line_cannot_be_told_by_their_line(size: int) -> None:
    one, two, three = (json.dumps(document(number)) for number in (1, 2, 3))
    outcome = read(f"{one}{two}\n{three}\n", DOCUMENTS, chunk_bytes=size)
    assert lines_of(outcome) == [(2, "c3")]
    assert "begin each document on a line of its own" in outcome.rejects[0]["detail"]
    with pytest.raises(FileFault, match="wrong_format: no row is a JSON object"):
        read(f"[{one}, {two}, {three}]", DOCUMENTS, chunk_bytes=size)


def test_what_is_no_json_at_all_is_another_feeds_file() -> None:
    for of in (LINES, DOCUMENTS):
        with pytest.raises(FileFault, match="wrong_format: no row is a JSON object, as those of mine are"):
            read("a,b\nc,d\n", of)


def test_nesting_without_end_is_no_crash() -> None:
    good = written(document(1))
    for of in (LINES, DOCUMENTS):
        outcome = read(good + '{"a":' * 100_000 + "\n" + good, of)
        assert outcome.reasons == {2: "unreadable_row"}
        assert lines_of(outcome) == [(1, "c1"), (3, "c1")]


CODED = """
kind = "jsonl"
[columns]
call_id = { from = "id", coding = "percent" }
b_number = "b"
setup_at = "t"
answered_ms = "d"
is_answered = { constant = true }
trunk = { from = "low", coding = "ipv4_le", null_values = ["0"] }
source_ip = { from = "high", coding = "ipv4_be" }
"""


def coded(text: str, low: object = None, high: object = None) -> Outcome:
    row = {"id": text, "b": "49", "t": "2026-03-10T12:00:00Z", "d": 1, "low": low, "high": high}
    return read(json.dumps(row), feed(declared(CODED)))


@pytest.mark.parametrize(
    ("written_as", "means"),
    [("a", "a"), ("%41%2B%c3%A9", "A+é"), ("a+b", "a+b"), ("%25%32", "%2"), ("é%20é", "é é")],
)
def test_percent_signs(written_as: str, means: str) -> None:
    assert coded(written_as).leg["call_id"] == means


@pytest.mark.parametrize("written_as", ["%", "100%", "%4", "%zz", "%2z", "%ff", "%00", "a%c3", "%\n41"])
def test_percent_signs_that_mean_nothing(written_as: str) -> None:
    outcome = coded(written_as)
    assert outcome.reasons == {1: "unparsable_call_id"}
    assert "% and two hexadecimal digits" in outcome.rejects[0]["detail"]


@pytest.mark.parametrize(
    ("number", "low", "high"),
    [
        (1, "1.0.0.0", "0.0.0.1"),
        (-1062731520, "0.1.168.192", "192.168.1.0"),
        (436316352, "192.168.1.26", "26.1.168.192"),
        (4294967295, "255.255.255.255", "255.255.255.255"),
        (-2147483648, "0.0.0.128", "128.0.0.0"),
    ],
)
def test_addresses_as_numbers(number: int, low: str, high: str) -> None:
    leg = coded("c", number, str(number)).leg
    assert (leg["trunk"], leg["source_ip"]) == (low, high)


@pytest.mark.parametrize("number", ["4294967296", "-2147483649", "1.5", "192.0.2.1", "x"])
def test_numbers_that_are_no_address(number: str) -> None:
    assert coded("c", 0, number).reasons == {1: "unparsable_source_ip"}
