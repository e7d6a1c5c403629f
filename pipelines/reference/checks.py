"""Rules between rows and files of the reference data: who exists, who points to whom, what overlaps.

Belongs here: ids, windows, currencies and directions that must agree; warnings about what is probably forgotten.
Does not belong here: what a field means (fields.py), the rates themselves (rates.py), derived tables (derive.py).
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.problems import Problem
from pipelines.reference.fields import SINCE_EVER, did_you_mean, quoted
from pipelines.reference.files import FOLDER, FileRead, Row
from pipelines.reference.rates import RevisionsRead
from pipelines.settings import Feed

_CARD_COLUMN = "rate_card_id"


@dataclass(slots=True)
class Draft:
    """Everything that was read and not yet held against each other."""

    customers: FileRead
    customer_keys: FileRead
    customer_cards: FileRead
    customer_taxes: FileRead
    carriers: FileRead
    carrier_keys: FileRead
    rate_cards: FileRead
    revisions: RevisionsRead
    feeds: Mapping[str, Feed]

    def files(self) -> tuple[FileRead, ...]:
        """Return the small files."""
        return (
            self.customers,
            self.customer_keys,
            self.customer_cards,
            self.customer_taxes,
            self.carriers,
            self.carrier_keys,
            self.rate_cards,
        )


def check_draft(draft: Draft) -> list[Problem]:
    """Return what is wrong between the rows and files of *draft*; each file's own problems are not repeated.

    An id is looked for only in a file which was read whole: what a lost row held is not called unknown.
    """
    before = {read.path: len(read.problems) for read in draft.files()}
    _unique(draft.customers, "customer_id")
    _unique(draft.carriers, "carrier_id")
    _unique(draft.rate_cards, _CARD_COLUMN)
    _unique(draft.customer_cards, "customer_id", "effective_from")
    _unique(draft.customer_taxes, "customer_id", "effective_from")
    for read in (draft.customer_keys, draft.customer_cards, draft.customer_taxes):
        _known(read, "customer_id", draft.customers, "customer")
    _known(draft.carrier_keys, "carrier_id", draft.carriers, "carrier")
    for read in (draft.customers, draft.customer_cards, draft.carriers):
        _known(read, _CARD_COLUMN, draft.rate_cards, "rate card")
    _keys(draft.customer_keys, ("feed_id", "key_type", "key_value"), draft.feeds)
    _keys(draft.carrier_keys, ("feed_id", "key_value"), draft.feeds)
    _cards_fit(draft.customers, draft.customers.by_id("customer_id"), "customer_id", draft.rate_cards, "sell")
    _cards_fit(draft.customer_cards, draft.customers.by_id("customer_id"), "customer_id", draft.rate_cards, "sell")
    _cards_fit(draft.carriers, draft.carriers.by_id("carrier_id"), "carrier_id", draft.rate_cards, "buy")
    found = [problem for read in draft.files() for problem in read.problems[before[read.path] :]]
    return found + _revisions(draft)


def _unique(read: FileRead, *columns: str) -> None:
    """Refuse a second row with the same values in *columns*."""
    first: dict[tuple[object, ...], Row] = {}
    for row in read.rows:
        if not row.has(*columns):
            continue
        key = tuple(row.values[column] for column in columns)
        if key in first:
            shown = " ".join(quoted(row.raw[column]) for column in columns)
            read.error(row, columns[0], f"{shown} stands already in line {first[key].line}", "keep one of them")
        else:
            first[key] = row


def _known(read: FileRead, column: str, among: FileRead, what: str) -> None:
    """Refuse an id in *column* that *among* does not have."""
    if not among.is_whole:
        return
    ids = list(among.by_id(column))
    known = set(ids)
    for row in read.rows:
        value = row.text(column)
        if value is not None and value not in known:
            hint = did_you_mean(value, ids) or f"add it to {among.path}, or correct it here"
            read.error(row, column, f"{what} {quoted(value)} is not in {among.path}", hint.strip())


def _keys(read: FileRead, columns: tuple[str, ...], feeds: Mapping[str, Feed]) -> None:
    """Check feeds and windows of keys; windows of the same key must not overlap."""
    groups: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for row in read.rows:
        feed = row.text("feed_id")
        if feed is not None and feed != "*" and feed not in feeds:
            hint = did_you_mean(feed, list(feeds)) or f"write * or one of: {', '.join(sorted(feeds)) or '(no feeds)'}"
            read.error(row, "feed_id", f"feed {quoted(feed)} is not in tollbook.toml", hint.strip())
        if not row.has("effective_from", "effective_to"):
            continue
        start, end = row.instant("effective_from"), row.instant("effective_to")
        if start is not None and end is not None and end <= start:
            shown = f"{quoted(row.raw['effective_to'])} is not after effective_from {quoted(row.raw['effective_from'])}"
            read.error(row, "effective_to", shown, "the key holds from effective_from until just before effective_to")
        elif row.has(*columns):
            groups[tuple(row.text(column) for column in columns)].append(row)
    for rows in groups.values():
        if len(rows) > 1:
            _no_overlap(read, rows)


def _no_overlap(read: FileRead, rows: list[Row]) -> None:
    ordered = sorted(rows, key=lambda row: (row.instant("effective_from") or SINCE_EVER, row.line))
    reaching = ordered[0]
    for row in ordered[1:]:
        end = reaching.instant("effective_to")
        start = row.instant("effective_from") or SINCE_EVER
        if end is None or start < end:
            early, late = sorted((reaching, row), key=lambda one: one.line)
            read.error(
                late,
                "key_value",
                f"key {quoted(late.raw['key_value'])} of feed {quoted(late.raw['feed_id'])} overlaps line {early.line}",
                "end the earlier one (effective_to) where the later one begins (effective_from)",
            )
        row_end = row.instant("effective_to")
        if end is not None and (row_end is None or row_end > end):
            reaching = row


def _cards_fit(read: FileRead, owners: Mapping[str, Row], owner: str, cards: FileRead, direction: str) -> None:
    """Check that the card of each row has the *direction* and the currency of its owner (customer or carrier)."""
    by_id = cards.by_id(_CARD_COLUMN)
    what = owner.removesuffix("_id")
    for row in read.rows:
        card = by_id.get(row.text(_CARD_COLUMN) or "")
        if card is None:
            continue
        name = row.raw[_CARD_COLUMN]
        found = card.text("direction")
        if found is not None and found != direction:
            read.error(
                row,
                _CARD_COLUMN,
                f"rate card {quoted(name)} is a {found} card (rate_cards.csv line {card.line})",
                f"a {what} needs a {direction} card",
            )
            continue
        held = owners.get(row.text(owner) or "")
        currency = held.text("currency_code") if held else None
        of_card = card.text("currency_code")
        if currency is not None and of_card is not None and currency != of_card:
            read.error(
                row,
                _CARD_COLUMN,
                f"rate card {quoted(name)} is in {of_card} (rate_cards.csv line {card.line}), the {what} in {currency}",
                f"give the {what} a {direction} card in {currency}",
            )


def _revisions(draft: Draft) -> list[Problem]:
    """Check that each revision has a card, and each card a revision."""
    cards = draft.rate_cards.by_id(_CARD_COLUMN)
    problems = []
    if draft.rate_cards.is_whole:
        for revision in draft.revisions.revisions:
            if revision.rate_card_id not in cards:
                hint = did_you_mean(revision.rate_card_id, list(cards))
                problems.append(
                    Problem(
                        FOLDER + revision.path,
                        None,
                        "",
                        f"rate card {quoted(revision.rate_card_id)} is not in rate_cards.csv",
                        hint.strip() or "add it there, or correct the name of the folder",
                    )
                )
    with_revision = {revision.rate_card_id for revision in draft.revisions.revisions}
    problems += [
        Problem(
            draft.rate_cards.file_path,
            row.line,
            _CARD_COLUMN,
            f"rate card {quoted(card)} has no revision",
            f"put its rates into rates/{card}/<YYYY-MM-DDTHHMM>Z.csv",
        )
        for card, row in cards.items()
        if card and card not in with_revision and row.has(_CARD_COLUMN)
    ]
    return problems


def odd_keys(read: FileRead) -> None:
    """Warn about keys that no leg can have."""
    for row in read.rows:
        value, kind = row.raw["key_value"], row.raw.get("key_type", "")
        if value != value.strip():
            read.warn(
                row, "key_value", f"{quoted(value)} has a space at its start or end", "keys are compared as exact text"
            )
        elif re.fullmatch(r"[0-9]+[.,][0-9]+E\+[0-9]+", value):
            read.warn(
                row,
                "key_value",
                f"{quoted(value)} looks like a number a spreadsheet shortened",
                "write all its digits; format the column as text before saving",
            )
        elif kind == "a_number" and not re.fullmatch(r"[0-9]{1,20}", value):
            read.warn(
                row,
                "key_value",
                f"{quoted(value)} is not a number of 1 to 20 digits, so no call has it",
                "write the number as it is after normalisation: digits, country code first, no +",
            )
        elif kind == "source_ip" and not _is_address(value):
            read.warn(row, "key_value", f"{quoted(value)} is not an IP address, so no call has it", "write one address")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
