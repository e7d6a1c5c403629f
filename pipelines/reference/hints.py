"""What is allowed in reference data but probably forgotten: warnings, which never stop anything.

Belongs here: customers without tax rate or key, cards nobody uses or that begin too late, keys no leg can have.
Does not belong here: anything that keeps a version from being used (checks.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from pipelines.problems import Problem
from pipelines.reference.checks import Draft, odd_keys
from pipelines.reference.fields import FOR_EVER, SINCE_EVER, quoted
from pipelines.reference.files import FileRead, Row


def warn_about(draft: Draft, *, has_error: bool) -> list[Problem]:
    """Return the warnings about *draft*.

    has_error: what nobody points to is left out then, for the row that points to it may be the faulty one.
    """
    before = {read.path: len(read.problems) for read in draft.files()}
    odd_keys(draft.customer_keys)
    odd_keys(draft.carrier_keys)
    _taxes(draft)
    for row in draft.carriers.rows:
        if row.has("rate_card_id") and row.text("rate_card_id") is None:
            draft.carriers.warn(
                row,
                "rate_card_id",
                f"carrier {quoted(row.raw['carrier_id'])} has no rate card",
                "its cost and the margin of its calls stay unknown until it has one",
            )
    if not has_error:
        _unreached(draft)
    return [problem for read in draft.files() for problem in read.problems[before[read.path] :]]


def _unreached(draft: Draft) -> None:
    reach_of_customer = _reach(draft.customer_keys, "customer_id")
    reach_of_carrier = _reach(draft.carrier_keys, "carrier_id")
    _no_key(draft.customers, "customer_id", reach_of_customer, "customer_keys.csv")
    _no_key(draft.carriers, "carrier_id", reach_of_carrier, "carrier_keys.csv")
    _late_cards(draft, reach_of_customer, reach_of_carrier)


def _taxes(draft: Draft) -> None:
    first: dict[str, datetime] = {}
    for row in draft.customer_taxes.rows:
        customer, start = row.text("customer_id"), row.instant("effective_from")
        if customer and start:
            first[customer] = min(start, first.get(customer, start))
    for row in draft.customers.rows:
        customer = row.text("customer_id")
        if customer is None or not row.has("tax_rate") or row.values["tax_rate"] is not None:
            continue
        since = first.get(customer)
        when = f"before {since:%Y-%m-%d}" if since else "at all"
        draft.customers.warn(
            row,
            "tax_rate",
            f"customer {quoted(customer)} has no tax rate {when}",
            "days without one are not invoiced; write 0 where there is no tax",
        )


def _reach(keys: FileRead, column: str) -> dict[str, datetime]:
    """Return the first instant at which a key leads to each id of *column*."""
    reach: dict[str, datetime] = {}
    for row in keys.rows:
        found = row.text(column)
        if found is not None:
            start = row.instant("effective_from") or SINCE_EVER
            reach[found] = min(start, reach.get(found, start))
    return reach


def _no_key(read: FileRead, column: str, reach: dict[str, datetime], keys_path: str) -> None:
    for row in read.rows:
        value = row.text(column)
        if value is not None and value not in reach:
            what = column.removesuffix("_id")
            read.warn(row, column, f"no key leads to {what} {quoted(value)}", f"add one to {keys_path}")


def _late_cards(draft: Draft, of_customer: dict[str, datetime], of_carrier: dict[str, datetime]) -> None:
    """Warn where a card is used before its first revision, and where it is not used at all."""
    first_revision: dict[str, datetime] = {}
    for revision in draft.revisions.revisions:
        known = first_revision.get(revision.rate_card_id, revision.effective_from)
        first_revision[revision.rate_card_id] = min(known, revision.effective_from)
    changes: dict[str, list[tuple[datetime, Row]]] = defaultdict(list)
    for row in draft.customer_cards.rows:
        changes[row.text("customer_id") or ""].append((row.instant("effective_from") or SINCE_EVER, row))
    used: set[str] = set()
    for row in draft.customers.rows:
        customer = row.text("customer_id") or ""
        reach = of_customer.get(customer)
        uses = [(SINCE_EVER, draft.customers, row)]
        uses += [
            (start, draft.customer_cards, change) for start, change in sorted(changes[customer], key=lambda c: c[0])
        ]
        for position, (start, read, use) in enumerate(uses):
            card = use.text("rate_card_id") or ""
            used.add(card)
            until = uses[position + 1][0] if position + 1 < len(uses) else FOR_EVER
            if reach is not None and max(start, reach) < until:
                _late_card(read, use, card, max(start, reach), first_revision)
    for row in draft.carriers.rows:
        card = row.text("rate_card_id") or ""
        used.add(card)
        reach = of_carrier.get(row.text("carrier_id") or "")
        if reach is not None:
            _late_card(draft.carriers, row, card, reach, first_revision)
    for row in draft.rate_cards.rows:
        value = row.text("rate_card_id")
        if value is not None and value not in used:
            draft.rate_cards.warn(
                row,
                "rate_card_id",
                f"nobody uses rate card {quoted(value)}",
                "name it in customers.csv, customer_cards.csv or carriers.csv",
            )


def _late_card(read: FileRead, row: Row, card: str, used_from: datetime, first_revision: dict[str, datetime]) -> None:
    """Warn where *card* is used from a stated time on that lies before its first revision."""
    begins = first_revision.get(card)
    if begins is not None and SINCE_EVER < used_from < begins:
        read.warn(
            row,
            "rate_card_id",
            f"rate card {quoted(card)} is used from {used_from:%Y-%m-%dT%H:%MZ}, its first revision begins "
            f"{begins:%Y-%m-%dT%H:%MZ}",
            "calls between the two are unrated; add a revision that is in force then",
        )
