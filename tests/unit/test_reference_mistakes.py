"""Every mistake a person makes in reference data: told with file, line, column, and what would be right.

Belongs here: errors, one business case each, and that all are told at once and none twice.
Does not belong here: warnings (test_reference_hints.py), what is right although it looks odd (…_good_set.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.unit.test_reference_good_set import GOOD, read_set, rows

GOLD = "rates/gold/2026-01-01T0000Z.csv"
RATES_HEADER = (
    "prefix,destination_name,rate_per_minute,setup_fee,minimum_seconds,increment_seconds,grace_seconds,is_blocked\n"
)


@dataclass(frozen=True)
class Case:
    """One mistake: what is put where, and what must be said about it."""

    name: str
    path: str
    text: str | bytes | None
    line: int | None
    column: str
    message: str
    advice: str
    place: str = ""
    severity: str = "error"


def in_place(path: str, old: str, new: str) -> str:
    assert old in GOOD[path], (path, old)
    return GOOD[path].replace(old, new, 1)


def rate(**fields: str) -> str:
    """Return a deck whose third line has the given fields instead of right ones."""
    right = {
        "prefix": "49",
        "destination_name": "Germany",
        "rate_per_minute": "0.01",
        "setup_fee": "0",
        "minimum_seconds": "0",
        "increment_seconds": "1",
        "grace_seconds": "0",
        "is_blocked": "false",
    }
    return f"{RATES_HEADER}44,UK,0.01,,,,,\n{','.join({**right, **fields}.values())}\n"


def customer(old: str, new: str) -> str:
    return in_place("customers.csv", old, new)


def keys(*lines: str) -> str:
    return GOOD["customer_keys.csv"] + "".join(f"{line}\n" for line in lines)


C, K, P, X = "customers.csv", "customer_keys.csv", "payments.csv", "fx_rates.csv"
DECKS = [
    Case("empty rate", GOLD, rate(rate_per_minute=""), 3, "rate_per_minute", "is empty", "fill it in"),
    Case("rate of spaces", GOLD, rate(rate_per_minute=" "), 3, "rate_per_minute", "nothing but spaces", "fill it in"),
    Case("negative rate", GOLD, rate(rate_per_minute="-0.01"), 3, "rate_per_minute", "'-0.01' is negative",
         "0 or more"),
    Case("negative fee", GOLD, rate(setup_fee="-1"), 3, "setup_fee", "'-1' is negative", "0 or more"),
    Case("negative seconds", GOLD, rate(minimum_seconds="-6"), 3, "minimum_seconds", "negative", "from 0 to 86400"),
    Case("seven decimals", GOLD, rate(rate_per_minute="0.0000001"), 3, "rate_per_minute", "more than 6 decimals",
         "round"),
    Case("zeros too many", GOLD, rate(rate_per_minute="0.01000000"), 3, "rate_per_minute", "more than 6", "'0.010000'"),
    Case("rate too large", GOLD, rate(rate_per_minute="1000000"), 3, "rate_per_minute", "too large", "6 digits"),
    Case("decimal comma", GOLD, rate(rate_per_minute='"0,015"'), 3, "rate_per_minute", "decimal comma", "'0.015'"),
    Case("unquoted comma", GOLD, rate(rate_per_minute="0,015"), 3, "", "has 9 fields where the header has 8",
         "is a point"),
    Case("thousands", GOLD, rate(rate_per_minute='"1,000.50"'), 3, "rate_per_minute", "thousands", "'1000.50'"),
    Case("rate with currency", GOLD, rate(rate_per_minute="€0.01"), 3, "rate_per_minute", "has a currency", "alone"),
    Case("rate as exponent", GOLD, rate(rate_per_minute="1E-05"), 3, "rate_per_minute", "spreadsheet",
         "all its digits"),
    Case("rate is a word", GOLD, rate(rate_per_minute="n/a"), 3, "rate_per_minute", "is not a number", "for example"),
    Case("duplicate prefix", GOLD, rate(prefix="44"), 3, "prefix", "'44' stands already in line 2", "keep one"),
    Case("increment 0", GOLD, rate(increment_seconds="0"), 3, "increment_seconds", "out of range", "from 1 to 86400"),
    Case("increment in ms", GOLD, rate(increment_seconds="600000"), 3, "increment_seconds", "out of range", "86400"),
    Case("seconds as decimal", GOLD, rate(minimum_seconds="30.0"), 3, "minimum_seconds", "not a whole number", "'30'"),
    Case("prefix with plus", GOLD, rate(prefix="+49"), 3, "prefix", "'+49' is not a prefix", "write '49'"),
    Case("prefix by a spreadsheet", GOLD, rate(prefix="4.4E+10"), 3, "prefix", "spreadsheet", "from the source again"),
    Case("the same with comma", GOLD, rate(prefix='"4,4E+10"'), 3, "prefix", "spreadsheet", "from the source again"),
    Case("prefix as a decimal", GOLD, rate(prefix="49.0"), 3, "prefix", "'49.0' is not a prefix", "write '49'"),
    Case("prefix with a space", GOLD, rate(prefix="49 "), 3, "prefix", "'49 ' is not a prefix", "write '49'"),
    Case("prefix of 21 digits", GOLD, rate(prefix="1" * 21), 3, "prefix", "1 to 20 digits", "write 1 to 20 digits"),
    Case("prefix in Arabic digits", GOLD, rate(prefix="٤٩"), 3, "prefix", "1 to 20 digits", "write 1 to 20 digits"),
    Case("empty prefix", GOLD, rate(prefix=""), 3, "prefix", "is empty", "fill it in"),
    Case("no destination", GOLD, rate(destination_name=""), 3, "destination_name", "is empty", "fill it in"),
    Case("blocked maybe", GOLD, rate(is_blocked="maybe"), 3, "is_blocked", "neither true nor false", "true or false"),
    Case("revision without rates", GOLD, RATES_HEADER, None, "", "has no rates", "take the file away"),
    Case("spaces around a destination", GOLD, rate(destination_name="UK "), 3, "destination_name", "'UK ' has a space",
         "another destination", severity="warning"),
]  # fmt: skip
NAMES = [
    Case("date without time", "rates/gold/2026-11-01.csv", GOOD[GOLD], None, "",
         "'2026-11-01.csv' is not the name of a revision",
         "2026-11-01T0000Z.csv"),
    Case("a day that is not", "rates/gold/2026-02-30T0000Z.csv", GOOD[GOLD], None, "", "does not exist", "in UTC"),
    Case("packed deck", "rates/gold/2026-11-01T0000Z.csv.gz", b"\x1f\x8b", None, "", "not the name of a revision",
         "name it"),
    Case("deck outside a folder", "rates/2026-11-01T0000Z.csv", GOOD[GOLD], None, "", "folder of a rate card",
         "name it"),
    Case("folder of an unknown card", "rates/golt/2026-01-01T0000Z.csv", GOOD[GOLD], None, "",
         "'golt' is not in rate_cards.csv",
         "'gold'"),
    Case("card without a revision", "rates/silver/2026-01-01T0000Z.csv", None, 4, "rate_card_id",
         "'silver' has no revision",
         "rates/silver/", place="rate_cards.csv"),
    Case("misspelt file", "customer_taxs.csv", "x", None, "", "not a file of the reference data", "take it away",
         severity="warning"),
]  # fmt: skip
FORM = [
    Case("semicolons", C, GOOD[C].replace(",", ";"), 1, "", "semicolons", "commas"),
    Case("tabs", GOLD, GOOD[GOLD].replace(",", "\t"), 1, "", "tabs", "commas"),
    Case("no header", C, "acme,Acme,EUR,gold\n", 1, "customer_id", "'customer_id' is missing", "add it to the header"),
    Case("empty file", C, "", None, "", "is empty", "write a header"),
    Case("comments only", C, "# to do\n", 1, "", "has no header", "customer_id,customer_name"),
    Case("missing file", C, None, None, "", "is missing", "customer_id,customer_name,currency_code,rate_card_id"),
    Case("missing column", C, customer("rate_card_id", "vat_id"), 1, "rate_card_id", "is missing", "add it"),
    Case("unknown column", C, customer("tax_rate", "taxrate"), 1, "taxrate", "is not known",
         "did you mean 'tax_rate'?"),
    Case("column in capitals", C, customer("tax_rate", "Tax Rate"), 1, "Tax Rate", "is not known", "'tax_rate'"),
    Case("column twice", C, customer("invoice_period", "tax_rate"), 1, "tax_rate", "stands twice", "keep one"),
    Case("column without a name", C, customer("invoice_period", ""), 1, "", "column 7 has no name", "remove it"),
    Case("short row", C, GOOD[C] + "x,X,EUR\n", 4, "", "has 3 fields where the header has 8", "a comma for each"),
    Case("row with semicolons", C, GOOD[C] + "x;X;EUR;gold;;;;;\n", 4, "", "has 1 fields", "not semicolons"),
    Case("long row", C, GOOD[C] + "x,X,Ltd,EUR,gold,,,,\n", 4, "", "has 9 fields", "double quotes"),
    Case("row of commas", C, GOOD[C] + ",,,,,,,\n", 4, "", "commas only", "remove the line"),
    Case("unclosed quote", C, customer('Inc."', "Inc."), 2, "", "no closing quote for field 2", "same line"),
    Case("quote in a field", C, customer("bolt,Bolt",
         'bolt,Bolt 19"'), 3, "", "in the middle of field 2", "each quote"),
    Case("text after a quote", C, customer('"Acme, Inc."', '"Acme" Inc'), 2, "", "after the closing quote of field 2",
         "twice"),
    Case("Latin-1", C, GOOD[C].encode() + "x,Café,EUR,gold,,,,\n".encode("latin-1"), 4, "",
         "byte 6 of the line is 0xE9", "'é'"),
    Case("UTF-16", C, GOOD[C].encode("utf-16"), None, "", "UTF-16", "CSV UTF-8"),
    Case("a workbook", C, b"PK\x03\x04rest", None, "", "spreadsheet", "CSV UTF-8"),
    Case("zero byte", C, GOOD[C].encode() + b"\x00", 4, "", "zero byte", "UTF-8"),
    Case("line ends of old Macs", C, GOOD[C].replace("\n", "\r"), 1, "", "carriage return only", "line ends"),
    Case("carriage return inside", C, customer("Bolt", "Bo\rlt"), 3, "", "carriage return", "remove it"),
]  # fmt: skip
CUSTOMERS = [
    Case("unknown currency", C, customer("GBP", "GPB"), 3, "currency_code", "'GPB' is not a currency", "ISO 4217"),
    Case("currency in small letters", C, customer("EUR", "eur"), 2, "currency_code", "'eur'", "did you mean EUR?"),
    Case("currency as a sign", C, customer("EUR", "€"), 2, "currency_code", "'€'", "did you mean EUR?"),
    Case("no card", C, customer("silver", ""), 3, "rate_card_id", "is empty", "fill it in"),
    Case("unknown card", C, customer("silver", "silvr"), 3, "rate_card_id", "'silvr' is not in rate_cards.csv",
         "'silver'"),
    Case("card of another currency", C, customer("silver", "gold"), 3, "rate_card_id",
         "'gold' is in EUR (rate_cards.csv line 2), the customer in GBP", "a sell card in GBP"),
    Case("customer on a buy card", C, customer("silver", "cost"), 3, "rate_card_id", "is a buy card",
         "needs a sell card"),
    Case("later card of another currency", "customer_cards.csv", in_place("customer_cards.csv", "gold2", "silver"), 2,
         "rate_card_id", "'silver' is in GBP", "a sell card in EUR"),
    Case("two cards at once", "customer_cards.csv", GOOD["customer_cards.csv"] + "acme,gold,2026-06-01T00:00Z\n", 4,
         "customer_id", "stands already in line 2", "keep one"),
    Case("carrier on a sell card", "carriers.csv", in_place("carriers.csv", "cost", "gold"), 2, "rate_card_id",
         "is a sell card",
         "a carrier needs a buy card"),
    Case("carrier's card in another currency", "carriers.csv", in_place("carriers.csv", "USD", "CHF"), 2,
         "rate_card_id",
         "'cost' is in USD (rate_cards.csv line 5), the carrier in CHF", "a buy card in CHF"),
    Case("customer twice", C, GOOD[C] + "acme,Acme,EUR,gold,0.2,,,\n", 4, "customer_id",
         "'acme' stands already in line 2", "keep"),
    Case("card twice", "rate_cards.csv", GOOD["rate_cards.csv"] + "gold,sell,EUR,,,\n", 6, "rate_card_id",
         "already in line 2",
         "keep one"),
    Case("carrier twice", "carriers.csv", GOOD["carriers.csv"] + "tel,T,USD,cost,\n", 3, "carrier_id", "in line 2",
         "keep one"),
    Case("20 for 0.20", C, customer("0.20", "20"), 2, "tax_rate", "'20' is not between 0 and 1", "write 0.2 for 20 %"),
    Case("5.5 for 0.055", C, customer("0.20", "5.5"), 2, "tax_rate", "not between 0 and 1", "write 0.055 for 5.5 %"),
    Case("percent", C, customer("0.20", "20%"), 2, "tax_rate", "percentage", "0.20"),
    Case("negative tax", C, customer("0.20", "-0.2"), 2, "tax_rate", "negative", "0 or more"),
    Case("tax of later", "customer_taxes.csv", in_place("customer_taxes.csv", "0.21", "21"), 2, "tax_rate", "'21'",
         "0.21"),
    Case("unknown period", C, customer("monthly", "month"), 2, "invoice_period", "'month'", "did you mean 'monthly'?"),
    Case("unknown grouping", C, GOOD[C].replace("invoice_period", "invoice_grouping").replace("monthly",
         "destinations"), 2,
         "invoice_grouping", "'destinations'", "did you mean 'destination'?"),
    Case("negative limit", C, GOOD[C].replace("invoice_period", "channel_limit").replace("monthly", "-1"), 2,
         "channel_limit",
         "negative", "whole number from 0"),
    Case("limit is no number", C, GOOD[C].replace("invoice_period", "channel_limit").replace("monthly", "many"), 2,
         "channel_limit", "not a whole number", "digits"),
    Case("terms", C, GOOD[C].replace("invoice_period", "payment_terms_days").replace("monthly", "30 days"), 2,
         "payment_terms_days", "not a whole number", ""),
    Case("day first", C, customer("2026-01-05", "05/01/2026"), 2, "email_verified_at", "not a date or time",
         "2026-11-01"),
    Case("a day that is not", C, customer("2026-01-05", "2026-02-30"), 2, "email_verified_at", "does not exist",
         "2026"),
    Case("no email", C, GOOD[C].replace("invoice_period", "billing_email").replace("monthly", "acme"), 2,
         "billing_email",
         "not an email", "billing@example.com"),
    Case("UK", C, GOOD[C].replace("invoice_period", "country_code").replace("monthly", "UK"), 2, "country_code",
         "'UK'", "GB"),
    Case("space after an id", C, customer("acme,", "acme ,"), 2, "customer_id", "'acme ' has a space at its end",
         "'acme'"),
    Case("space before a card", C, customer(",silver", ", silver"), 3, "rate_card_id", "space at its start",
         "'silver'"),
    Case("rounding", "rate_cards.csv", in_place("rate_cards.csv", "half_even", "half-up"), 2, "charge_rounding",
         "'half-up'",
         "did you mean 'half_up'?"),
    Case("talk rounding", "rate_cards.csv", in_place("rate_cards.csv", "down", "ceil"), 2, "talk_rounding", "'ceil'",
         "one of: up, half_up, down"),
    Case("seven decimals of a card", "rate_cards.csv", in_place("rate_cards.csv", "EUR,4", "EUR,7"), 2,
         "charge_decimals",
         "out of range", "from 0 to 6"),
    Case("direction", "rate_cards.csv", in_place("rate_cards.csv", "buy", "purchase"), 5, "direction", "'purchase'",
         "sell, buy"),
    Case("card with a slash", "rate_cards.csv", GOOD["rate_cards.csv"] + "a/b,sell,EUR,,,\n", 6, "rate_card_id",
         "'a/b'",
         "letters"),
]  # fmt: skip
KEYS = [
    Case("key of an unknown customer", K, keys("*,trunk,t1,acmee,,"), 5, "customer_id",
         "'acmee' is not in customers.csv",
         "'acme'"),
    Case("key of an unknown feed", K, keys("lon2,trunk,t1,acme,,"), 5, "feed_id", "'lon2' is not in tollbook.toml",
         "'lon1'"),
    Case("key type", K, keys("*,accountcode,t1,acme,,"), 5, "key_type", "'accountcode'",
         "did you mean 'account_code'?"),
    Case("empty key", K, keys("*,trunk,,acme,,"), 5, "key_value", "is empty", "fill it in"),
    Case("overlap of open windows", K, keys("*,account_code,A-1,bolt,,"), 5, "key_value", "overlaps line 2",
         "effective_to"),
    Case("overlap by an hour", K, keys("lon1,tech_prefix,777,acme,2026-02-28T23:00Z,2026-03-01"), 5, "key_value",
         "'777' of feed 'lon1' overlaps line 3", "end the earlier one"),
    Case("ends before it begins", K, keys("*,trunk,t,acme,2026-02-01,2026-01-01"), 5, "effective_to", "not after",
         "until"),
    Case("ends when it begins", K, keys("*,trunk,t,acme,2026-02-01,2026-02-01T00:00Z"), 5, "effective_to",
         "not after", ""),
    Case("carrier key of nobody", "carrier_keys.csv", in_place("carrier_keys.csv", ",tel", ",tell"), 2, "carrier_id",
         "'tell' is not in carriers.csv", "'tel'"),
    Case("carrier keys without carriers", "carriers.csv", None, 2, "carrier_id", "'tel' is not in carriers.csv",
         "add it",
         place="carrier_keys.csv"),
    Case("overlap of carrier keys", "carrier_keys.csv", GOOD["carrier_keys.csv"] + "*,gw-tel,tel\n", 3, "key_value",
         "overlaps line 2", ""),
    Case("card of an unknown customer", "customer_cards.csv", GOOD["customer_cards.csv"] + "zoe,gold,2026-01-01\n", 4,
         "customer_id", "'zoe' is not in customers.csv", "add it"),
    Case("tax of an unknown customer", "customer_taxes.csv", GOOD["customer_taxes.csv"] + "zoe,2026-01-01,0\n", 3,
         "customer_id", "'zoe' is not in customers.csv", "add it"),
    Case("two taxes at once", "customer_taxes.csv", GOOD["customer_taxes.csv"] + "acme,2026-07-01,0\n", 3,
         "customer_id",
         "already in line 2", "keep one"),
]  # fmt: skip
CURRENT = [
    Case("payment status", P, in_place(P, "completed", "complete"), 2, "status", "'complete'",
         "did you mean 'completed'?"),
    Case("payment of an unknown customer", P, in_place(P, "acme", "amce"), 2, "customer_id", "'amce' is not in",
         "'acme'"),
    Case("payment in an unknown currency", P, in_place(P, "EUR", "EURO"), 2, "currency_code", "'EURO'", "EUR?"),
    Case("payment twice, other amount", P, GOOD[P] + "p1,acme,2026-02-03,1,EUR,completed,\n", 3, "payment_id",
         "'p1' stands already in line 2 with other values", "its own payment_id"),
    Case("negative payment", P, in_place(P, "99.99", "-99.99"), 2, "amount", "negative", "cancelled"),
    Case("payment of nothing", P, in_place(P, "99.99", "0.00"), 2, "amount", "zero", "leave the row out"),
    Case("rate of exchange twice", X, GOOD[X] + "2026-01-01,USD,0.9\n", 5, "date",
         "USD on 2026-01-01 stands already in line 2",
         "keep one"),
    Case("rate of exchange 0", X, in_place(X, "0.9", "0"), 2, "rate_to_base", "zero", "units of the base currency"),
    Case("negative rate of exchange", X, in_place(X, "0.9", "-0.9"), 2, "rate_to_base", "negative", "0 or more"),
    Case("eleven decimals", X, in_place(X, "0.9", "0.90000000001"), 2, "rate_to_base", "more than 10 decimals",
         "round it"),
    Case("rates of exchange the wrong way round", X, in_place(X, "EUR,1", "EUR,1.11"), 4, "rate_to_base",
         "its rate is 1",
         "how many EUR"),
    Case("a moment for a day", X, in_place(X, "2026-01-02", "2026-01-02T00:00Z"), 3, "date", "not a date",
         "2026-11-01"),
]  # fmt: skip


@pytest.mark.parametrize("case", [*DECKS, *NAMES, *FORM, *CUSTOMERS, *KEYS, *CURRENT], ids=lambda case: case.name)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(case: Case) -> None:
    read = read_set({case.path: case.text})
    place = f"reference/{case.place or case.path}"
    told = [
        problem
        for problem in read.problems
        if (problem.file_path, problem.line_number, problem.column, problem.severity)
        == (place, case.line, case.column, case.severity)
        and case.message in problem.message
        and case.advice in problem.advice
    ]
    assert len(told) == 1, "\n".join(map(str, read.problems))
    is_current = case.path in (P, X)
    assert (read.tables is None) == (case.severity == "error" and not is_current)
    assert (read.payments is None) == (case.path == P and case.severity == "error")
    assert (read.fx is None) == (case.path == X)


@pytest.mark.parametrize(
    "case", [case for case in (*DECKS, *CUSTOMERS, *KEYS, *CURRENT) if not case.place], ids=lambda case: case.name
)
def test_one_mistake_is_told_once_without_an_echo_in_other_rows(case: Case) -> None:
    problems = read_set({case.path: case.text}).problems
    assert len(problems) == 1, "\n".join(map(str, problems))


def test_a_lost_row_does_not_make_its_customer_unknown_elsewhere() -> None:
    read = read_set({"customers.csv": GOOD["customers.csv"].replace("bolt,Bolt", 'bolt,"Bolt')})
    assert [str(problem) for problem in read.problems] == [
        (
            "reference/customers.csv:3: has no closing quote for field 2; "
            "close it on the same line: a field cannot go on in the next one"
        )
    ]


def test_all_problems_of_all_files_are_told_at_once_and_in_order() -> None:
    read = read_set(
        {
            "customers.csv": customer("GBP", "GPB").replace("monthly", "yearly"),
            GOLD: rate(prefix="44", rate_per_minute="x"),
            "payments.csv": "payment_id\n",
            "fx_rates.csv": GOOD["fx_rates.csv"].replace("0.9", "0,9"),
        }
    )
    assert read.tables is read.fx is read.payments is None
    places = [
        (problem.file_path.removeprefix("reference/"), problem.line_number, problem.column) for problem in read.problems
    ]
    assert places == [
        ("customers.csv", 2, "invoice_period"),
        ("customers.csv", 3, "currency_code"),
        ("fx_rates.csv", 2, ""),
        ("payments.csv", 1, "amount"),
        ("payments.csv", 1, "currency_code"),
        ("payments.csv", 1, "customer_id"),
        ("payments.csv", 1, "received_at"),
        ("payments.csv", 1, "status"),
        (GOLD, 3, "prefix"),
        (GOLD, 3, "rate_per_minute"),
    ]


@pytest.mark.parametrize("path", ["payments.csv", "fx_rates.csv"])
def test_bad_payments_or_rates_of_exchange_never_hide_good_cards(path: str) -> None:
    read = read_set({path: "what is this\n"})
    assert read.tables is not None
    assert {problem.file_path for problem in read.problems} == {f"reference/{path}"}
    assert read.version_problems() == []


def test_bad_cards_never_hide_good_payments() -> None:
    read = read_set({GOLD: rate(rate_per_minute="")})
    assert read.tables is None
    assert read.payments is not None
    assert read.fx is not None


def test_a_payment_written_twice_word_for_word_counts_once() -> None:
    read = read_set({"payments.csv": GOOD["payments.csv"] + GOOD["payments.csv"].splitlines()[1] + "\n"})
    assert read.payments is not None
    assert read.payments.num_rows == 1
    assert [(problem.line_number, problem.severity) for problem in read.problems] == [(3, "warning")]


def test_no_revision_at_all_is_said_of_the_folder_too() -> None:
    read = read_set({path: None for path in GOOD if path.startswith("rates/")})
    assert ("reference/rates/", "has no revision of any rate card") in [(p.file_path, p.message) for p in read.problems]


def test_a_reference_file_under_a_wrong_name_is_an_error_while_the_right_one_is_absent() -> None:
    read = read_set({"customer_taxes.csv": None, "customer_taxs.csv": GOOD["customer_taxes.csv"]})
    assert [(problem.severity, problem.advice) for problem in read.problems] == [
        ("error", "did you mean 'customer_taxes.csv'?")
    ]
    assert read.tables is None


def test_the_same_key_may_pass_from_the_feeds_own_to_every_feeds() -> None:
    read = read_set({"customer_keys.csv": keys("lon1,account_code,A-1,bolt,,")})
    assert read.problems == []
    assert len(rows(read, "customer_keys")) == 4


def test_a_contained_window_overlaps_even_where_a_later_one_starts_after_it() -> None:
    read = read_set(
        {"customer_keys.csv": keys("*,trunk,t,acme,2026-01-01,2026-12-01", "*,trunk,t,acme,2026-02-01,2026-03-01",
                                   "*,trunk,t,bolt,2026-06-01,2026-07-01")}
    )  # fmt: skip
    assert [(problem.line_number, problem.message.rsplit(" ", 1)[1]) for problem in read.problems] == [
        (6, "5"),
        (7, "5"),
    ]
