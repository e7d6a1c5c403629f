"""What tollbook.toml may say, and what Tollbook answers where it is wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from assets.configuration import load_settings
from pipelines.settings import Problem, Rules, Settings

SMALLEST = """\
data = "data"
[feeds.lon1]
format = "tollbook_csv"
files = "lon1/cdr-%Y%m%d%H*.csv"
"""

WHOLE = """\
data = "data"
landing = "/srv/drop"
published = "out"
base_currency = "GBP"
[rules]
call_spread = "90m"
late_window = "3d"
channels_lag = "30m"
settle = "7200s"
invoice_settle = "2d"
[seller]
name = "Example Telecom Ltd"
street = "1 Example Street"
postcode = "EC1A 1AA"
city = "London"
country_code = "GB"
vat_id = "GB123456789"
iban = "GB82 WEST 1234 5698 7654 32"
invoice_prefix = "INV-"
credit_note_prefix = "CN-"
[portal]
payment_url = "https://pay.example.com/?account={customer_id}&amount={amount}&currency={currency_code}"
[feeds.lon1]
format = "freeswitch_csv"
files = "lon1/%Y/%m/%d/cdr-%Y%m%d%H*.csv*"
timezone = "Europe/London"
files_timezone = "America/New_York"
expected = "hourly"
append = true
extra_columns = "ignore"
talk_time_over_maximum = "12h"
repeated_time = "later"
dtmf = "digits"
country_code = "44"
national_prefix = "0"
international_prefix = "00"
"""


def settings_of(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "tollbook.toml"
    path.write_text(text, encoding="utf-8")
    settings = load_settings(path)
    assert isinstance(settings, Settings), settings
    return settings


def problems_of(tmp_path: Path, text: str | bytes) -> list[Problem]:
    path = tmp_path / "tollbook.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    problems = load_settings(path)
    assert isinstance(problems, list), "no problem was found"
    assert {problem.file_path for problem in problems} == {str(path)}
    return problems


def the_problem(tmp_path: Path, text: str | bytes) -> Problem:
    problems = problems_of(tmp_path, text)
    assert len(problems) == 1, problems
    return problems[0]


def test_the_smallest_file_gets_every_default_of_the_handbook(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, SMALLEST)

    assert settings.config_path == str(tmp_path / "tollbook.toml")
    assert (settings.data, settings.landing, settings.published) == (
        str(tmp_path / "data"),
        str(tmp_path / "data" / "landing"),
        str(tmp_path / "data" / "published"),
    )
    assert (settings.base_currency, settings.seller, settings.payment_url) == ("EUR", None, None)
    hour = timedelta(hours=1)
    assert settings.rules == Rules(hour, 72 * hour, hour, 6 * hour, 24 * hour)
    feed = settings.feeds["lon1"]
    assert (feed.feed_id, feed.files, feed.timezone, feed.files_timezone) == (
        "lon1",
        "lon1/cdr-%Y%m%d%H*.csv",
        "UTC",
        "UTC",
    )
    assert (feed.expected, feed.append, feed.extra_columns, feed.repeated_time, feed.dtmf) == (
        "any",
        False,
        "error",
        "earlier",
        "count",
    )
    assert feed.talk_time_over_maximum == 24 * hour
    assert (feed.country_code, feed.national_prefix, feed.international_prefix) == (None, None, None)


def test_every_key_reaches_its_setting(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, WHOLE)

    assert (settings.landing, settings.published) == ("/srv/drop", str(tmp_path / "out"))
    assert settings.base_currency == "GBP"
    assert settings.rules == Rules(
        timedelta(minutes=90), timedelta(days=3), timedelta(minutes=30), timedelta(hours=2), timedelta(days=2)
    )
    assert settings.seller is not None
    assert settings.seller.iban == "GB82WEST12345698765432"
    assert (settings.seller.invoice_prefix, settings.seller.credit_note_prefix) == ("INV-", "CN-")
    assert settings.payment_url is not None
    assert "{customer_id}" in settings.payment_url
    feed = settings.feeds["lon1"]
    assert (feed.timezone, feed.files_timezone, feed.expected) == ("Europe/London", "America/New_York", "hourly")
    assert (feed.extra_columns, feed.repeated_time, feed.dtmf) == ("ignore", "later", "digits")
    assert feed.talk_time_over_maximum == timedelta(hours=12)
    assert (feed.country_code, feed.national_prefix, feed.international_prefix) == ("44", "0", "00")


def test_relative_paths_start_at_the_folder_of_the_file_wherever_it_is_read_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_of(tmp_path, SMALLEST)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    settings = load_settings(Path("../tollbook.toml"))

    assert isinstance(settings, Settings)
    assert Path(settings.data).resolve() == tmp_path / "data"
    assert Path(settings.config_path).is_absolute()


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tollbook.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())

    assert isinstance(load_settings(path), Settings)


@pytest.mark.parametrize(
    ("find", "replace", "column", "line", "message", "advice"),
    [
        # at the top
        ('data = "data"\n', "", "data", None, "is missing", 'add data = "data"'),
        ('data = "data"', 'dta = "x"\ndata = "data"', "dta", 1, "no key of the top", "did you mean 'data'?"),
        (
            'data = "data"',
            'timezone = "UTC"\ndata = "d"',
            "timezone",
            1,
            "no key of the top",
            "belongs in [feeds.<id>]",
        ),
        ('data = "data"', 'data = "s3://b/p"', "data", 1, "not yet supported", "give a folder"),
        ('data = "data"', 'data = ""', "data", 1, "path is empty", "give a folder"),
        ('data = "data"', "data = 7", "data", 1, "7 is a number, not text", 'data = "7"'),
        ('data = "data"', 'data = ["a"]', "data", 1, "a list is a list, not text", 'data = "data"'),
        ('data = "data"', 'data = "var/x"', "data", 1, "thrown away", "another folder"),
        ('data = "data"', 'data = "~/x"', "data", 1, "home folder", "whole path"),
        ("[feeds", 'landing = "."\n[feeds', "landing", 2, "lake/ would lie in landing", "data/landing"),
        ("[feeds", 'landing = "data/lake/x"\n[feeds', "landing", 2, "lies in lake/", "data/landing"),
        ("[feeds", 'landing = "s3://b"\n[feeds', "landing", 2, "not yet supported", "give a folder"),
        ("[feeds", 'published = "s3://b"\n[feeds', "published", 2, "is an address", "local folder"),
        ("[feeds", 'published = "data/landing"\n[feeds', "published", 2, "lies in landing", "data/published"),
        ("[feeds", 'published = "data/derived"\n[feeds', "published", 2, "lies in derived/", "data/published"),
        ("[feeds", 'published = "tollbook.toml/x"\n[feeds', "published", 2, "is a file", "another folder"),
        (
            "[feeds",
            'base_currency = "EURO"\n[feeds',
            "base_currency",
            2,
            "'EURO' is no currency",
            "did you mean 'EUR'?",
        ),
        ("[feeds", 'base_currency = "XXQ"\n[feeds', "base_currency", 2, "is no currency", "ISO 4217"),
        # rules and portal
        ("[feeds", '[rules]\nsetle = "1h"\n[feeds', "rules.setle", 3, "no key of [rules]", "did you mean 'settle'?"),
        ("[feeds", '[rules]\ndata = "x"\n[feeds', "rules.data", 3, "no key of [rules]", "top of the file, before"),
        ("[feeds", "[rules]\nsettle = 3600\n[feeds", "rules.settle", 3, "without a unit", "'3600s'"),
        ("[feeds", '[rules]\nsettle = "1 hour"\n[feeds', "rules.settle", 3, "is no duration", "'1h'"),
        ("[feeds", '[rules]\nsettle = "-1h"\n[feeds', "rules.settle", 3, "is no duration", "'1h'"),
        ("[feeds", '[rules]\nsettle = "0h"\n[feeds', "rules.settle", 3, "no time at all", "above 0"),
        ("[feeds", '[rules]\nsettle = "999999999d"\n[feeds', "rules.settle", 3, "longer than a year", "366d"),
        ("[feeds", "rules = 1\n[feeds", "rules", 2, "1 stands where a table is needed", "[rules]"),
        ("[feeds", '[portal]\npayment_url = "pay.me"\n[feeds', "portal.payment_url", 3, "no web address", "https://"),
        (
            "[feeds",
            '[portal]\npayment_url = "https://x/{id}"\n[feeds',
            "portal.payment_url",
            3,
            "'{id}'",
            "{customer_id}",
        ),
        ("[feeds", '[portal]\npayment_url = "https://x/{"\n[feeds', "portal.payment_url", 3, "brace", "{customer_id}"),
        # feeds
        ("[feeds.lon1]", "[feed.lon1]", "feed", 2, "no key of the top", "did you mean 'feeds'?"),
        ("[feeds.lon1]", "[feeds.London]", "feeds.London", 2, "no name of a feed", "like 'london'"),
        ('format = "tollbook_csv"\n', "", "feeds.lon1.format", 2, "is missing", 'add format = "tollbook_csv"'),
        ('"tollbook_csv"', '"tolbook_csv"', "feeds.lon1.format", 3, "is no format", "did you mean 'tollbook_csv'?"),
        (
            '"tollbook_csv"',
            '"cisco"',
            "feeds.lon1.format",
            3,
            "is no format",
            "asterisk_csv, cisco_cucm, connexcs_csv, freeswitch_csv, freeswitch_json, tollbook_csv",
        ),
        ('"tollbook_csv"', '"cisco"', "feeds.lon1.format", 3, "is no format", "[formats.cisco]"),
        ("cdr-%Y%m%d%H*.csv", "cdr-%Q.csv", "feeds.lon1.files", 4, "'%Q' is not a known field", "%Y year"),
        ("lon1/cdr-%Y%m%d%H*.csv", "/srv/x.csv", "feeds.lon1.files", 4, "absolute", "path below landing"),
        (
            "files",
            'timezone = "London"\nfiles',
            "feeds.lon1.timezone",
            4,
            "no time zone",
            "did you mean 'Europe/London'?",
        ),
        ("files", 'timezone = "BST"\nfiles', "feeds.lon1.timezone", 4, "no time zone", "did you mean 'Europe/London'?"),
        ("files", 'timezone = "../x"\nfiles', "feeds.lon1.timezone", 4, "no time zone", "IANA"),
        ("files", 'files_timezone = "right/UTC"\nfiles', "feeds.lon1.files_timezone", 4, "no time zone", "IANA"),
        ("files", 'expected = "daily"\nfiles', "feeds.lon1.expected", 4, "is not possible", '"hourly" or "any"'),
        ("files", 'dtmf = "digit"\nfiles', "feeds.lon1.dtmf", 4, "is not possible", "did you mean 'digits'?"),
        ('*.csv"', '*.csv.gz"\nappend = true', "feeds.lon1.append", 5, "cannot grow", "leave append out"),
        ('"tollbook_csv"', '"freeswitch_json"\nappend = true', "feeds.lon1.append", 4, "cannot grow", "whole files"),
        ("files", 'append = "no"\nfiles', "feeds.lon1.append", 4, "is text, not true or false", "append = false"),
        (
            "files",
            'time_zone = "UTC"\nfiles',
            "feeds.lon1.time_zone",
            4,
            "no key of [feeds.<id>]",
            "did you mean 'timezone'?",
        ),
        (
            "files",
            "country_code = 44\nfiles",
            "feeds.lon1.country_code",
            4,
            "a number, not text",
            'country_code = "44"',
        ),
        ("files", 'country_code = "+44"\nfiles', "feeds.lon1.country_code", 4, "no calling code", "like '44'"),
        ("files", 'national_prefix = "0"\nfiles', "feeds.lon1.national_prefix", 4, "needs country_code", 'like "44"'),
        ("files", 'expected = "hourly"\nfiles', None, None, "", ""),
    ],
)
def test_a_wrong_value_is_told_with_key_line_and_what_would_be_right(
    tmp_path: Path, find: str, replace: str, column: str | None, line: int | None, message: str, advice: str
) -> None:
    text = SMALLEST.replace(find, replace, 1)
    assert text != SMALLEST
    if column is None:
        settings_of(tmp_path, text)
        return

    problems = problems_of(tmp_path, text)

    found = [problem for problem in problems if problem.column == column and message in problem.message]
    assert [(problem.line_number, advice in problem.advice) for problem in found] == [(line, True)], problems


@pytest.mark.parametrize(
    ("find", "replace", "key", "message", "advice"),
    [
        ('vat_id = "GB123456789"\n', "", "vat_id", "is missing", "add vat_id ="),
        ('"GB82 WEST', '"GB83 WEST', "iban", "check digits", "bank statement"),
        ('"GB82 WEST', '"82 WEST', "iban", "is no IBAN", "two check digits"),
        ('"GB"', '"UK"', "country_code", "no country code", "'GB'"),
        ('"INV-"', '"../"', "invoice_prefix", "prefix of document numbers", "letters, digits"),
        ('"CN-"', '"INV-"', "credit_note_prefix", "one series", '"CN-"'),
        ('city = "London"', 'city = " "', "city", "empty", "every invoice"),
    ],
)
def test_a_seller_must_be_whole_because_invoices_cannot_be_taken_back(
    tmp_path: Path, find: str, replace: str, key: str, message: str, advice: str
) -> None:
    text = WHOLE.replace(find, replace, 1)

    problem = the_problem(tmp_path, text)

    lines = text.splitlines()
    expected = next((n for n, line in enumerate(lines, 1) if line.startswith(f"{key} =") and n > 11), 11)
    assert (problem.column, problem.line_number) == (f"seller.{key}", expected)
    assert message in problem.message
    assert advice in problem.advice


def test_all_problems_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = """\
data = "data"
base_currency = "EUROS"
[rules]
settle = "soon"
[feeds.lon1]
format = "nobody_csv"
files = "lon1/%Y/%M/x.csv"
timezone = "Mars/Base"
[feeds.Two]
format = "tollbook_csv"
national_prefix = "0"
[formats.mine]
kind = "xml"
"""

    problems = problems_of(tmp_path, text)

    assert [
        (problem.line_number, problem.column) for problem in problems if not problem.column.startswith("formats")
    ] == [
        (2, "base_currency"),
        (4, "rules.settle"),
        (6, "feeds.lon1.format"),
        (7, "feeds.lon1.files"),
        (8, "feeds.lon1.timezone"),
        (9, "feeds.Two"),
        (9, "feeds.Two.files"),
        (11, "feeds.Two.national_prefix"),
    ]
    assert any(problem.column.startswith("formats.mine") and problem.line_number in (12, 13) for problem in problems)
    assert all(problem.message and problem.advice for problem in problems)


@pytest.mark.parametrize("feeds", ["", "[feeds]\n"])
def test_a_file_without_a_feed_is_told_how_one_looks(tmp_path: Path, feeds: str) -> None:
    problem = the_problem(tmp_path, f'data = "data"\n{feeds}')

    assert problem.column == "feeds"
    assert problem.line_number == (2 if feeds else None)
    assert "no feed" in problem.message
    assert "[feeds.lon1]" in problem.advice


def test_keys_directly_below_feeds_are_told_where_they_belong(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, 'data = "data"\n[feeds]\nformat = "tollbook_csv"\n')

    assert ("feeds.format", 3) in [(problem.column, problem.line_number) for problem in problems]
    assert any("[feeds.lon1]" in problem.advice for problem in problems)


def test_two_feeds_cannot_claim_the_same_files(tmp_path: Path) -> None:
    again = SMALLEST.split("\n", 1)[1].replace("feeds.lon1", "feeds.lon2")

    problem = the_problem(tmp_path, SMALLEST + again)

    assert (problem.column, problem.line_number) == ("feeds.lon2.files", 7)
    assert "feeds.lon1 and feeds.lon2" in problem.message
    assert "of its own" in problem.advice


def test_files_named_by_the_day_are_not_expected_every_hour(tmp_path: Path) -> None:
    text = SMALLEST.replace("%H", "") + 'expected = "hourly"\n'

    problem = the_problem(tmp_path, text)

    assert (problem.column, problem.line_number) == ("feeds.lon1.expected", 5)
    assert "named by the day" in problem.message
    assert "add %H" in problem.advice


def test_a_built_in_format_cannot_be_declared_anew(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, SMALLEST + '[formats.tollbook_csv]\nkind = "csv"\n')

    (problem,) = [problem for problem in problems if problem.column == "formats.tollbook_csv"]
    assert problem.line_number == 5
    assert "built-in" in problem.message
    assert "another name" in problem.advice


@pytest.mark.parametrize(
    ("target", "message"), [("lake", "own lake/ would lie in landing"), ("lake/cdr", "landing lies in lake/")]
)
def test_landing_may_be_a_link_but_not_to_where_the_lake_is(tmp_path: Path, target: str, message: str) -> None:
    (tmp_path / "data" / target).mkdir(parents=True)
    (tmp_path / "drop").symlink_to(tmp_path / "data" / target)

    problem = the_problem(tmp_path, 'landing = "drop"\n' + SMALLEST)

    assert (problem.column, problem.line_number) == ("landing", 1)
    assert message in problem.message
