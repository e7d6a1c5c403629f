"""Files as no switch should write them, each made from a seed: what a format may meet, spoiled in every way we know.

Belongs here: good lines of every format, ways to spoil a file.
Does not belong here: what must come of them (tests/property/test_formats_fuzz.py).
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

import pyarrow as pa

from pipelines.settings import Feed
from tests.samples.formats.reading import FOLDER, declared, feed

_START = datetime(2026, 3, 10, 11, 40)


@dataclass(frozen=True)
class Fuzzed:
    """One format under test. header: its lines, () where there is none; row: a good row from chance and a number."""

    feed: Feed
    row: Callable[[random.Random, int], str]
    header: tuple[str, ...] = ()
    trailer: Callable[[list[str]], str] | None = None


def _seconds(chance: random.Random) -> int:
    return chance.choice((0, 1, 30, 61, 3600))


def _time(number: int, after: int = 0) -> str:
    return f"{_START + timedelta(seconds=number + after):%Y-%m-%d %H:%M:%S}"


def _tollbook(chance: random.Random, number: int) -> str:
    answered = chance.random() < 0.6
    account = chance.choice(("acme", "", '"a, ""b"""', "Käse"))
    fields = (
        f"c{number}", _time(number).replace(" ", "T") + "Z", "true" if answered else "false",
        str(_seconds(chance) * 1000), "+44 20 7946 0" + str(number % 10), account, str(chance.choice((200, 486, ""))),
    )  # fmt: skip
    return ",".join(fields)


def _freeswitch(chance: random.Random, number: int) -> str:
    talk = _seconds(chance)
    answer = _time(number, 5) if talk else ""
    cause = chance.choice(("NORMAL_CLEARING", "USER_BUSY", "ODD_ONE"))
    fields = (
        "Käse",
        "4930",
        "4420",
        "default",
        _time(number),
        answer,
        _time(number, 5 + talk),
        str(talk + 5),
        str(talk),
    )
    return ",".join(f'"{field}"' for field in (*fields, cause, f"u{number}", "", "acme", "PCMA", "PCMA"))


def _asterisk(chance: random.Random, number: int) -> str:
    talk = _seconds(chance)
    answered = "ANSWERED" if talk else chance.choice(("NO ANSWER", "BUSY"))
    fields = ["acme", "4930", "4420", "ctx", '""Käse"" <1>', "SIP/a-1", "SIP/g-2", "Dial", "SIP/g", _time(number)]
    fields += [_time(number, 5) if talk else "", _time(number, 5 + talk), str(talk + 5), str(talk), answered, "3"]
    if chance.random() < 0.8:  # mostly one form in a file: each further one costs as much as a file
        fields += [f"{number}.1", "", f"{number}.0", str(number)]
    else:
        fields += chance.choice(([], [f"{number}.1"], [f"{number}.1", "x"]))
    return ",".join(f'"{field}"' for field in fields)


def _reseller(chance: random.Random, number: int) -> str:
    kind, talk = chance.choice(("N", "V", "D")), _seconds(chance)
    return f"r{number};x;{kind};10/03/2026;11:{number % 60:02d}:00;{talk}.5;4420;acme"


_CISCO = (
    "cdrRecordType", "globalCallID_callManagerId", "globalCallID_callId", "dateTimeOrigination", "origIpAddr",
    "callingPartyNumber", "origCause_value", "originalCalledPartyNumber", "finalCalledPartyNumber", "destCause_value",
    "dateTimeConnect", "dateTimeDisconnect", "pkid", "duration", "origDeviceName", "destDeviceName",
    "globalCallId_ClusterID", "clientMatterCode",
)  # fmt: skip


def _cisco(chance: random.Random, number: int) -> str:
    talk, start = _seconds(chance), 1773142800 + number
    connect = start + 5 if talk else 0
    address = chance.choice((369207488, -1062731520, 0))
    fields = (1, 1, number, start, address, "4930", 0, "", "4420", 16, connect, start + 5 + talk, f"p{number}", talk)
    return ",".join(str(field) for field in (*fields, "SEP1", "GW1", "Alone", ""))


_CONNEXCS = (
    "dt", "callid", "callid_b", "source_cli", "dest_number", "duration", "ring_duration", "pdd_in", "sip_code",
    "release_reason", "dtmf", "customer_id", "provider_id", "switch_ip", "further",
)  # fmt: skip


def _connexcs(chance: random.Random, number: int) -> str:
    talk = _seconds(chance)
    code = 200 if talk else chance.choice((486, 404, ""))
    fields = (_time(number), f"c{number}", f"l{number}", "4930", "4420", f"{talk}.25", "3.5", "0.125", code)
    return ",".join(str(field) for field in (*fields, "bye, ok".replace(", ", " "), "", 7, 9, "192.0.2.1", "x"))


def _freeswitch_json(chance: random.Random, number: int) -> str:
    talk, start = _seconds(chance), 1773142800_000000 + number
    variables = {
        "uuid": f"u{number}", "accountcode": quote("acme & co"), "start_uepoch": str(start),
        "answer_uepoch": str(start + 5_000_000) if talk else "0", "progress_uepoch": "0",
        "end_uepoch": str(start + 5_000_000 + talk * 1_000_000), "billusec": str(talk * 1_000_000),
        "hangup_cause": "NORMAL_CLEARING", "hangup_cause_q850": "16", "sip_term_status": quote("sip:200"),
    }  # fmt: skip
    profile = {"caller_id_number": "4930", "destination_number": quote("+4420"), "name": "Käse"}
    document = {"core-uuid": "x", "variables": variables, "callflow": [{"caller_profile": profile}]}
    return _json(chance, document)


def _json(chance: random.Random, document: object) -> str:
    return json.dumps(document, indent=chance.choice((None, None, 1, "\t")), ensure_ascii=chance.random() < 0.5)


def _object(chance: random.Random, number: int) -> dict[str, object]:
    talk = _seconds(chance)
    return {
        "id": f"c{number}", "at": _time(number), "answered": bool(talk), "talk": talk + 0.5 if talk else 0,
        "to": {"number": "+4420"}, "from": [{"account": chance.choice(("acme", "Käse", None))}], "other": None,
    }  # fmt: skip


_OBJECTS = """
[columns]
call_id = "id"
setup_at = "at"
is_answered = "answered"
answered_ms = { from = "talk", unit = "s" }
b_number = "to.number"
account_code = { first_of = ["from.0.account", "other"] }
"""


def _fixed(chance: random.Random, number: int) -> str:
    hms = chance.choice(("000000", "000001", "000030", "000101", "010000"))
    start = f"{_START + timedelta(seconds=number):%Y%m%d%H%M%S}"
    return f"CDR{number:07d}{start}{'4420':<20}{hms}{chance.choice(('acme', 'Käse', '')):<10}"


def _fixed_trailer(rows: list[str]) -> str:
    seconds = sum(int(row[44:46]) * 3600 + int(row[46:48]) * 60 + int(row[48:50]) for row in rows)
    return f"TRL{len(rows):07d}{seconds:010d}"


FORMATS: dict[str, Fuzzed] = {
    "tollbook_csv": Fuzzed(
        feed("tollbook_csv"),
        _tollbook,
        ("call_id,setup_at,is_answered,answered_ms,b_number,account_code,sip_status_code",),
    ),
    "freeswitch_csv": Fuzzed(feed("freeswitch_csv", timezone="Europe/London"), _freeswitch),
    "asterisk_csv": Fuzzed(feed("asterisk_csv"), _asterisk),
    "cisco_cucm": Fuzzed(feed("cisco_cucm"), _cisco, (",".join(_CISCO), "INTEGER," * 17 + "VARCHAR(32)")),
    "connexcs_csv": Fuzzed(feed("connexcs_csv"), _connexcs, (",".join(_CONNEXCS),)),
    "freeswitch_json": Fuzzed(feed("freeswitch_json"), _freeswitch_json),
    "declared csv": Fuzzed(
        feed(declared((FOLDER / "reseller.toml").read_text()), timezone="Europe/Paris"),
        _reseller,
        ("Call Ref;Salesforce Product;Class;Call Date;Call Time;Duration;Non-Charged Party;Customer Identifier",),
    ),
    "declared jsonl": Fuzzed(
        feed(declared('kind = "jsonl"\ncomment = "#"' + _OBJECTS)),
        lambda chance, number: json.dumps(_object(chance, number), ensure_ascii=chance.random() < 0.5),
    ),
    "declared json": Fuzzed(
        feed(declared('kind = "json"' + _OBJECTS)), lambda chance, number: _json(chance, _object(chance, number))
    ),
    "declared fixed_width": Fuzzed(
        feed(declared((FOLDER / "fixed.toml").read_text())), _fixed, ("HDR0001 SOMEBODY",), _fixed_trailer
    ),
}


def fuzzed_file(of: Fuzzed, seed: int) -> tuple[str, bytes]:
    """Return the name and the bytes of the file that *seed* makes."""
    chance = random.Random(seed)
    rows = [of.row(chance, number) for number in range(chance.choice((0, 1, 1, 2, 3, 5, 8)))]
    lines = [*of.header, *rows]
    if of.trailer is not None:
        lines.append(of.trailer(rows))
    end = chance.choice(("\n", "\n", "\n", "\r\n"))
    if of.feed.format.kind == "json" and chance.random() < 0.2:
        lines = ["[", *(f"{line}," for line in rows[:-1]), *rows[-1:], "]"]
    content = end.join(lines).encode() + (end.encode() if chance.random() < 0.8 else b"")
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        content = chance.choice(_SPOILERS)(chance, content)
    return _packed(chance, content)


def _at(chance: random.Random, content: bytes) -> int:
    return chance.randrange(len(content) + 1)


def _put(what: Callable[[random.Random], bytes]) -> Callable[[random.Random, bytes], bytes]:
    def spoil(chance: random.Random, content: bytes) -> bytes:
        at = _at(chance, content)
        return content[:at] + what(chance) + content[at:]

    return spoil


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: _at(chance, content)]


def _lose(chance: random.Random, content: bytes) -> bytes:
    at = _at(chance, content)
    return content[:at] + content[at + chance.choice((1, 1, 2, 30)) :]


def _mix_ends(chance: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    return b"".join(line + chance.choice((b"\n", b"\r\n", b"\r", b"\n\n", b"\n \t\n")) for line in lines)


def _shuffle(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _repeat(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    at = chance.randrange(len(lines))
    return b"".join([*lines[:at], lines[at], *lines[at:]])


def _spoil_header(chance: random.Random, content: bytes) -> bytes:
    first, newline, rest = content.partition(b"\n")
    names = first.split(b",")
    which = chance.randrange(len(names))
    names[which] = chance.choice((b"", names[0], names[which] * 2, b'"' + names[which] + b'"', names[which].upper()))
    return b",".join(names) + newline + rest


def _encode(chance: random.Random, content: bytes) -> bytes:
    text = content.decode(errors="replace")
    return text.encode(chance.choice(("latin-1", "utf-16", "utf-16-be", "utf-8-sig", "cp1252")), errors="replace")


_EXCHANGES = (
    (b"0", b"x"), (b"1", b"-1"), (b":", b";"), (b"2026", b"2126"), (b"2026-03", b"2026-13"), (b",", b"\t"),
    (b'"', b""), (b"{", b"["), (b"}", b"]"), (b"0", b"0" * 20), (b"4420", b"\xff\xfe"), (b"e", b"%"),
    (b"a", b"\\ud800"), (b"a", b"\\u0000"), (b"4420", b"null"), (b"TRL", b"TRX"), (b"CDR", b"TRL"), (b" ", b"\n"),
)  # fmt: skip


def _exchange(chance: random.Random, content: bytes) -> bytes:
    old, new = chance.choice(_EXCHANGES)
    return content.replace(old, new, chance.choice((1, 1, -1)))


_TEXTS = (
    b'"',
    b'""',
    b",",
    b";",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf4\x8f\xbf\xbf",
    b"#",
    b"\x85",
)
_TEXTS += (
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"\\",
    b"NaN",
    b"%",
    b"\xe2\x80\xa8",
    b"TRL",
    b"HDR",
    b"\x1c",
    b"\xef\xbb\xbf",
    b" ",
)
_SPOILERS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _put(lambda chance: chance.choice(_TEXTS)),
    _put(lambda chance: chance.choice(_TEXTS)),
    _put(lambda chance: chance.choice(_TEXTS) * chance.choice((2, 5000))),
    _put(lambda chance: chance.randbytes(chance.choice((1, 8, 200)))),
    _put(
        lambda chance: (
            chance.choice((b"9", b"x", b'"', b"{", b"\xe9", b"\0")) * chance.choice((70_000, 70_000, 300_000))
        )
    ),
    _put(lambda _: b"[" * 20_000),
    _cut,
    _cut,
    _lose,
    _lose,
    _mix_ends,
    _mix_ends,
    _shuffle,
    _repeat,
    _spoil_header,
    _spoil_header,
    _encode,
    _exchange,
    _exchange,
    _exchange,
)


def _packed(chance: random.Random, content: bytes) -> tuple[str, bytes]:
    way = chance.random()
    if way < 0.75:
        return "cdr.csv", content
    if way < 0.78:
        return chance.choice(("cdr.csv.gz", "cdr.csv.zst")), content
    if way < 0.89:
        name, packed = "cdr.csv.gz", gzip.compress(content, 1, mtime=0)
    else:
        name, packed = "cdr.csv.zst", bytes(pa.compress(content, codec="zstd", asbytes=True))
    harm = chance.random()
    if harm < 0.3:
        packed = _cut(chance, packed)
    elif harm < 0.4 and packed:
        at = chance.randrange(len(packed))
        packed = packed[:at] + bytes([packed[at] ^ 1 << chance.randrange(8)]) + packed[at + 1 :]
    elif harm < 0.45:
        packed += chance.choice((packed, b"\0", b"rest", packed[:9]))
    return (name if chance.random() < 0.95 else "cdr.csv"), packed
