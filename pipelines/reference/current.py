"""fx_rates.csv and payments.csv: taken at once, each on its own, so that a fault in one never holds back the cards.

Belongs here: reading and checking these two files into their tables.
Does not belong here: anything that changes rated rows, the store (versions.py).
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from pipelines.problems import Problem
from pipelines.reference import tables
from pipelines.reference.fields import did_you_mean, quoted
from pipelines.reference.files import FX_RATES, PAYMENTS, FileRead, Row, read_file


def read_fx_rates(files: Mapping[str, bytes], base_currency: str) -> tuple[pa.Table | None, list[Problem]]:
    """Return fx_rates (empty where the file is absent, None where it has an error) and the problems of the file."""
    read = read_file(files, FX_RATES)
    first: dict[tuple[object, object], Row] = {}
    for row in read.rows:
        if not row.has("rate_date", "currency_code"):
            continue
        key = (row.values["rate_date"], row.values["currency_code"])
        if key in first:
            read.error(
                row,
                "date",
                f"{row.raw['currency_code']} on {row.raw['date']} stands already in line {first[key].line}",
                "keep one of them",
            )
        else:
            first[key] = row
        if key[1] == base_currency and row.values.get("rate_to_base_e10", 10**10) != 10**10:
            read.error(
                row,
                "rate_to_base",
                f"{base_currency} is the base currency, its rate is 1, not {quoted(row.raw['rate_to_base'])}",
                f"a row says how many {base_currency} one unit of its currency is worth; leave this one out",
            )
    return _result(read, tables.FX_RATES, read.rows), read.problems


def read_payments(files: Mapping[str, bytes], customers: FileRead) -> tuple[pa.Table | None, list[Problem]]:
    """Return payments (empty where the file is absent, None where it has an error) and the problems of the file.

    *customers* is customers.csv as it was read; a customer is not called unknown where that file lost rows.
    """
    read = read_file(files, PAYMENTS)
    known = customers.by_id("customer_id")
    first: dict[str, Row] = {}
    kept: list[Row] = []
    for row in read.rows:
        customer = row.text("customer_id")
        if customer is not None and customer not in known and customers.is_whole:
            hint = did_you_mean(customer, list(known)) or "add it there, or correct it here"
            read.error(row, "customer_id", f"customer {quoted(customer)} is not in customers.csv", hint.strip())
        holder = known.get(customer or "")
        usual, paid = holder.text("currency_code") if holder else None, row.text("currency_code")
        if usual and paid and usual != paid:
            read.warn(
                row,
                "currency_code",
                f"customer {quoted(customer or '')} is charged in {usual}, this payment is in {paid}",
                "it counts for a balance of its own; correct it if that is not meant",
            )
        payment = row.text("payment_id")
        if payment is None:
            continue
        earlier = first.setdefault(payment, row)
        if earlier is row:
            kept.append(row)
        elif dict(earlier.values) == dict(row.values):
            read.warn(
                row,
                "payment_id",
                f"payment {quoted(payment)} stands already in line {earlier.line}, word for word",
                "it counts once; remove one of them",
            )
        else:
            read.error(
                row,
                "payment_id",
                f"payment {quoted(payment)} stands already in line {earlier.line} with other values",
                "keep the right one, or give the other its own payment_id",
            )
    return _result(read, tables.PAYMENTS, kept), read.problems


def _result(read: FileRead, table: tables.ReferenceTable, rows: list[Row]) -> pa.Table | None:
    if any(problem.severity == "error" for problem in read.problems):
        return None
    return table.from_rows(row.values for row in rows)
