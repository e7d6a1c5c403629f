"""Every dashboard in a real browser: all charts drawn, and what a person does with them.

Belongs here: what is seen and clicked: legends, filters, tabs, exports, against the figures of the marts.
Does not belong here: who sees what (test_superset_access.py), the files (tests/contract/test_superset_assets.py).

Screenshots are kept in the session's folder, superset-site/screenshots/.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Visitor, chromium
from tests.support.superset_server import CUSTOMER_A, SupersetServer

STAFF = ("staff-portal", "carrier-quality", "billing-and-margin", "pipeline-health")
# A site whose data is whole has nothing to show in these, and says so.
MAY_BE_EMPTY = {
    "Loss-making destinations",
    "Files that need a look",
    "Anomalies",
    "Rejected lines",
    "Rejects by reason",
}
PERIODS = {"Live": "live", "Daily": "daily", "Weekly": "weekly", "Monthly": "monthly"}
TOTAL_RGB = (0xD6, 0x00, 0x6E)
"""The colour of the series Total on every dashboard."""

_PIXELS = """([name, rgb]) => {
    const chart = document.querySelector(`[data-test-chart-name="${name}"] canvas`);
    const data = chart.getContext('2d').getImageData(0, 0, chart.width, chart.height).data;
    let found = 0;
    for (let i = 0; i < data.length; i += 4)
        if (Math.abs(data[i] - rgb[0]) + Math.abs(data[i + 1] - rgb[1]) + Math.abs(data[i + 2] - rgb[2]) < 30) found++;
    return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def customer(browser: Browser, superset: SupersetServer) -> Visitor:
    return Visitor(browser, superset, "a")


def own_rows(superset: SupersetServer, table: str) -> list[dict[str, object]]:
    return [row for row in superset.rows(f"portal.{table}") if row["customer_id"] == CUSTOMER_A]


def drawn_everywhere(visitor: Visitor, slug: str) -> set[str]:
    """Open a dashboard and each of its tabs; return the charts seen, all of them drawn."""
    visitor.open(slug)
    seen: set[str] = set()
    for tab in ["", *visitor.tabs()]:
        if tab:
            visitor.open_tab(tab)
        faults = [fault for fault in visitor.faults() if fault.split(":")[0] not in MAY_BE_EMPTY]
        assert faults == [], f"{slug} {tab}"
        seen |= set(visitor.charts())
    refused = [answer.text()[:300] for answer in visitor.answers if not answer.ok]
    assert refused == []
    return seen


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_chart_of_every_dashboard_is_drawn_for_staff(
    browser: Browser, superset: SupersetServer, dark: bool
) -> None:
    visitor = Visitor(browser, superset, "operator", dark=dark)
    counts = {}
    for slug in STAFF if not dark else STAFF[:1]:
        counts[slug] = len(drawn_everywhere(visitor, slug))
        visitor.screenshot(f"{slug}-{'dark' if dark else 'light'}")
    assert all(count >= 7 for count in counts.values()), counts
    visitor.page.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_chart_of_the_customer_portal_is_drawn_for_a_customer(
    browser: Browser, superset: SupersetServer, dark: bool
) -> None:
    visitor = Visitor(browser, superset, "a", dark=dark)
    seen = drawn_everywhere(visitor, "customer-portal")
    assert {"Live Channels", "ASR", "ACD", "DTMF", "Channels", "Account balance", "Checklist"} <= seen
    visitor.screenshot(f"customer-portal-{'dark' if dark else 'light'}")
    visitor.page.close()


def test_the_top_of_the_portal_says_channels_balance_and_checklist(customer: Visitor, superset: SupersetServer) -> None:
    customer.open("customer-portal")
    (account,) = own_rows(superset, "account_balances")
    limit = account["channel_limit"]
    configured = "unlimited" if limit is None else f"{limit:,}"
    channels = customer.chart("Channels").inner_text()
    assert f"{round(Decimal(str(account['channels_in_use'])))} / {configured}" in channels
    assert "UTC" in channels
    balance = Decimal(str(account["balance_amount"]))
    assert f"{account['currency_code']} {balance:,.2f}" in customer.chart("Account balance").inner_text()
    outstanding = len(own_rows(superset, "checklist"))
    assert str(outstanding) in customer.chart("Checklist").inner_text()


def _steady_pixels(customer: Visitor, name_and_colour: list[object]) -> int:
    """Return how many pixels have the colour, once three looks in a row agree: charts are drawn in motion."""
    counts: list[int] = []
    while len(counts) < 3 or len({*counts[-3:]}) > 1:
        assert len(counts) < 60, f"the chart does not come to rest: {counts}"
        customer.page.wait_for_timeout(250)
        counts.append(customer.page.evaluate(_PIXELS, name_and_colour))
    return counts[-1]


def test_a_click_on_the_legend_takes_a_series_off_and_puts_it_back(customer: Visitor) -> None:
    customer.open("customer-portal")
    chart = customer.chart("Live Channels")
    name_and_colour = ["Live Channels", list(TOTAL_RGB)]
    before = _steady_pixels(customer, name_and_colour)
    assert before > 300, "the series Total is not drawn in its colour"
    canvas = chart.locator("canvas").bounding_box()
    assert canvas is not None
    first_of_legend = (canvas["x"] + 30, canvas["y"] + 12)
    customer.page.mouse.click(*first_of_legend)
    customer.page.mouse.move(5, 5)  # off the legend: what it points at is drawn brighter than the rest
    customer.settle()
    without = _steady_pixels(customer, name_and_colour)
    customer.page.mouse.click(*first_of_legend)
    customer.page.mouse.move(5, 5)  # off the legend: what it points at is drawn brighter than the rest
    customer.settle()
    again = _steady_pixels(customer, name_and_colour)
    assert without < before / 5
    assert again > before * 0.8


def test_the_zone_filter_moves_the_axis_by_the_hours_of_the_zone(customer: Visitor) -> None:
    customer.open("customer-portal")
    before = {row["hour_local_at"] for row in customer.rows("hour_local_at")}
    customer.answers.clear()
    field = customer.page.locator(".filter-item-wrapper", has_text="Time zone").locator("input").first
    field.click()
    field.fill("Asia/Kathmandu")
    customer.page.locator(".ant-select-item-option", has_text="Asia/Kathmandu").first.click()
    customer.page.keyboard.press("Escape")
    customer.page.locator("[data-test=filter-bar__apply-button]").click()
    customer.settle()
    after = {row["hour_local_at"] for row in customer.rows("hour_local_at")}
    shift = int(timedelta(hours=5, minutes=45).total_seconds() * 1000)
    # buckets begin with the hour of the zone: 5:45 later, cut to the hour
    moved = {(instant + shift) // 3_600_000 * 3_600_000 for instant in before}
    assert before
    assert after == moved
    assert "Asia/Kathmandu" in customer.chart("Channels").inner_text()


def test_the_tabs_show_the_figures_of_the_marts(customer: Visitor, superset: SupersetServer) -> None:
    customer.open("customer-portal")
    assert [tab for tab in customer.tabs() if tab in PERIODS] == list(PERIODS)
    for tab, period in PERIODS.items():
        customer.open_tab(tab)
        expected = {row["period_start_at"]: row for row in own_rows(superset, f"customer_summary_{period}")}
        shown = {
            datetime.fromtimestamp(row["period_start_at"] / 1000, UTC).replace(tzinfo=None): row
            for row in customer.rows("period_start_at")
        }
        assert set(shown) == set(expected), tab
        for instant, row in shown.items():
            assert row["attempts"] == expected[instant]["attempt_count"]
            assert Decimal(str(row["charge"])).quantize(Decimal("0.000001")) == expected[instant]["charge_amount"]
            assert round(Decimal(str(row["asr"])), 6) == expected[instant]["asr_ratio"]


def test_the_last_row_holds_ratios_of_the_sums(customer: Visitor, superset: SupersetServer) -> None:
    customer.open("customer-portal")
    customer.open_tab("Daily")
    rows = own_rows(superset, "customer_summary_daily")
    attempts = sum(int(str(row["attempt_count"])) for row in rows)
    answers = sum(int(str(row["answer_count"])) for row in rows)
    footer = customer.chart("Daily, UTC").locator("tfoot").inner_text()
    assert f"{attempts:,}" in footer
    assert f"{100 * answers / attempts:.1f}%" in footer


def test_an_exported_file_holds_the_figures_of_the_mart(
    customer: Visitor, superset: SupersetServer, tmp_path: Path
) -> None:
    customer.open("customer-portal")
    customer.open_tab("Daily")
    chart = customer.chart("Daily, UTC")
    chart.locator("[aria-label='More Options']").click()
    customer.page.get_by_text("Download", exact=True).first.hover()
    with customer.page.expect_download() as download:
        customer.page.get_by_text("Export to .CSV").click()
    path = tmp_path / "daily.zip"
    download.value.save_as(path)
    # a table with a last row of totals is exported as two files: its rows and its totals
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 2
        text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    expected = own_rows(superset, "customer_summary_daily")
    assert len(rows) == len(expected) > 0
    key = next(name for name in rows[0] if name.startswith(("From", "period_start_at")))
    by_day = {str(row["period_start_at"])[:10]: row for row in expected}
    for row in rows:
        day = by_day[row[key][:10]]
        attempts = row.get("Attempts", row.get("attempts"))
        charge = row.get("Charge", row.get("charge"))
        assert Decimal(str(attempts)) == day["attempt_count"]
        assert Decimal(str(charge)).quantize(Decimal("0.000001")) == day["charge_amount"]
