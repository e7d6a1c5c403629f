"""Rules of tollbook.toml that bind several keys, or a key and the machine.

Belongs here: names, formats and patterns of feeds against each other, dialling prefixes, folders inside each other.
Does not belong here: one value on its own (configuration_model.py), files that lie in landing (pipelines/discover.py).

The checks work on the raw tables, so that they speak even where another key is wrong; a value of the wrong type is
passed over, for its own check has reported it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from assets.configuration_findings import Finding, did_you_mean
from assets.configuration_model import ID
from pipelines.entries import PACKED_SUFFIXES
from pipelines.patterns import compile_pattern, pattern_faults
from pipelines.settings import Feed

Raw = Mapping[str, object]


def check_between_keys(
    raw: Raw, folder: Path, built_in_formats: Collection[str], places: Mapping[str, Path]
) -> Iterator[Finding]:
    """Yield what is wrong between the keys of *raw*.

    folder: where tollbook.toml lies. places: the absolute paths of data, landing and published, as far as they could
    be told.
    """
    feeds, formats = _table(raw.get("feeds")), _table(raw.get("formats"))
    if not feeds and isinstance(raw.get("feeds", {}), Mapping):
        yield Finding(
            ("feeds",),
            "no feed is declared, so there is nothing to read",
            'add a table like [feeds.lon1] with format = "tollbook_csv" and files = "lon1/cdr-%Y%m%d%H*.csv"',
        )
    for kind, table in (("feeds", feeds), ("formats", formats)):
        for name in table:
            if ID.fullmatch(name) is None:
                yield Finding((kind, name), f"'{name}' is no name of a {kind[:-1]}", _name_advice(name))
    for name in sorted(set(formats) & set(built_in_formats)):
        yield Finding(("formats", name), f"'{name}' is a built-in format", "give your own format another name")
    for feed_id, feed in feeds.items():
        yield from _check_feed(feed_id, _table(feed), {*formats, *built_in_formats})
    yield from _check_same_files({feed_id: _table(feed) for feed_id, feed in feeds.items()})
    yield from _check_seller(_table(raw.get("seller")))
    yield from _check_bi(_table(raw.get("bi")))
    yield from _check_places(places, folder)


def _table(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, Mapping) else {}


def _name_advice(name: str) -> str:
    simple = "".join(character if character.isascii() and character.isalnum() else "_" for character in name.lower())
    hint = f", like '{simple}'" if ID.fullmatch(simple) else ""
    return f"begin with a letter and use only a-z, 0-9 and _{hint}"


def _check_feed(feed_id: str, feed: dict[str, object], formats: Collection[str]) -> Iterator[Finding]:
    path = ("feeds", feed_id)
    name = feed.get("format")
    if isinstance(name, str) and name not in formats:
        known = ", ".join(sorted(formats))
        own = f"declare another as [formats.{name if ID.fullmatch(name) else 'name'}]"
        yield Finding(
            (*path, "format"),
            f"'{name}' is no format",
            f"{did_you_mean(name, sorted(formats))}known are {known}; {own}",
        )
    files = feed.get("files")
    faults = pattern_faults(files) if isinstance(files, str) else []
    for fault in faults:
        yield Finding((*path, "files"), f"'{files}': {fault.message}", fault.advice)
    if (
        feed.get("expected") == "hourly"
        and isinstance(files, str)
        and not faults
        and compile_pattern(files).grain == "day"
    ):
        yield Finding(
            (*path, "expected"),
            "files named by the day cannot be expected every hour",
            'add %H to files, or write expected = "any"',
        )
    if feed.get("append") is True and isinstance(files, str) and files.endswith(PACKED_SUFFIXES):
        yield Finding(
            (*path, "append"),
            "a packed file cannot grow: its end is written once",
            "have the switch write it plain, or leave append out",
        )
    national, international = feed.get("national_prefix"), feed.get("international_prefix")
    if national is not None and "country_code" not in feed:
        yield Finding(
            (*path, "national_prefix"),
            "national_prefix needs country_code, which takes its place in a number",
            'add country_code, like "44", or leave national_prefix out',
        )
    if isinstance(national, str) and national == international:
        yield Finding(
            (*path, "national_prefix"),
            "national_prefix and international_prefix are the same, so a number cannot be told",
            'write the two as they are dialled, like "0" and "00"',
        )


def check_growing_formats(feeds: Mapping[str, Feed]) -> Iterator[Finding]:
    """Yield a finding for each growing feed whose format says only at a file's end what its rows are worth."""
    for feed_id, feed in feeds.items():
        if feed.append and (feed.format.kind == "json" or feed.format.trailer is not None):
            yield Finding(
                ("feeds", feed_id, "append"),
                f"a file of format '{feed.format.name}' is one whole and cannot grow",
                "have the switch write whole files, or leave append out",
            )


def _check_same_files(feeds: Mapping[str, dict[str, object]]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for feed_id, feed in feeds.items():
        files = feed.get("files")
        if not isinstance(files, str) or not files:
            continue
        other = first.setdefault(files, feed_id)
        if other != feed_id:
            yield Finding(
                ("feeds", feed_id, "files"),
                f"feeds.{other} and feeds.{feed_id} claim the same files, '{files}'",
                "give each feed files of its own; else every call would count twice",
            )


def _check_seller(seller: dict[str, object]) -> Iterator[Finding]:
    prefix = seller.get("invoice_prefix")
    if prefix is not None and prefix == seller.get("credit_note_prefix"):
        yield Finding(
            ("seller", "credit_note_prefix"),
            "invoices and credit notes would share one series of numbers",
            'give credit notes a prefix of their own, like "CN-"',
        )


def _check_bi(table: dict[str, object]) -> Iterator[Finding]:
    if "superset_port" in table and table["superset_port"] == table.get("dagster_port", 3000):
        yield Finding(("bi", "superset_port"), "Superset and Dagster cannot share a port", "give each its own")
    if "mail" in table:
        for key, why in (
            ("metadata", "reports run on PostgreSQL metadata only"),
            ("redis", "reports wait for their turn in Redis"),
            ("mail_from", "a mail needs a sender"),
        ):
            if key not in table:
                yield Finding(("bi", "mail"), f"{key} is missing: {why}", f"add {key} to [bi], or leave mail out")
    if "mail_from" in table and "mail" not in table:
        yield Finding(("bi", "mail_from"), "there is a sender and no mail server", "add mail to [bi]")


def _check_places(places: Mapping[str, Path], folder: Path) -> Iterator[Finding]:
    state = ("var/, which may be thrown away at any time", folder / "var")
    for key, place in places.items():
        blocking = next((part for part in (place, *place.parents) if _is_file(part)), None)
        if blocking is not None:
            yield Finding((key,), f"'{blocking}' is a file, not a folder", f"name another folder for {key}")
        if _inside(place, state[1]):
            yield Finding((key,), f"{key} lies in {state[0]}", f"name another folder for {key}")
    landing, published, data = places.get("landing"), places.get("published"), places.get("data")
    made = {} if data is None else {"lake/": data / "lake", "derived/": data / "derived"}
    if landing is not None:
        for name, place in {**made, "var/": state[1]}.items():
            if _inside(place, landing):
                yield Finding(
                    ("landing",),
                    f"Tollbook's own {name} would lie in landing, among the files it reads",
                    'name a folder that holds dropped files only, like "data/landing"',
                )
            elif _inside(landing, place) and name in made:
                yield Finding(
                    ("landing",),
                    f"landing lies in {name}, which holds Tollbook's own files",
                    'name a folder beside it, like "data/landing"',
                )
    if published is not None:
        for name, place in {**made, **({"landing": landing} if landing is not None else {})}.items():
            if _inside(published, place):
                yield Finding(
                    ("published",),
                    f"published is or lies in {name}"
                    + ("" if name == "landing" else ", which holds Tollbook's own files"),
                    'name a folder of its own, like "data/published"',
                )


def _is_file(path: Path) -> bool:
    """Say whether *path* is something else than a folder; what cannot be looked at is not."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False


def _inside(place: Path, around: Path) -> bool:
    """Say whether *place* is *around* or lies in it, links followed."""
    return Path(os.path.realpath(place)).is_relative_to(os.path.realpath(around))
