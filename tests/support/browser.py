"""A real browser at the dashboards: Debian's chromium, headless, logged in.

Belongs here: starting it, logging in, opening a dashboard so that every chart of it is drawn, what its charts hold.
Does not belong here: expectations.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, sync_playwright

from tests.support.superset_server import SupersetServer, user_name

CHROMIUM = Path("/usr/bin/chromium")
WAIT_MS = 60_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a running browser; without one the test is not run, and under CI it fails."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("there is no /usr/bin/chromium on this machine")
        pytest.skip("NOT RUN: install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody who is logged in, with one page, and what the server answered to its charts."""

    def __init__(self, browser: Browser, server: SupersetServer, login: str, *, dark: bool = False) -> None:
        self.server, self.login = server, login
        self.page: Page = browser.new_page(viewport={"width": 1500, "height": 1000})
        self.page.set_default_timeout(WAIT_MS)
        self.answers: list[Response] = []
        self.page.on("response", lambda answer: self.answers.append(answer) if "/chart/data" in answer.url else None)
        self.page.goto(f"{server.url}/login/")
        self.page.fill("#username", user_name(login))
        self.page.fill("#password", server.password(login))
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)
        if dark:
            self.page.evaluate("localStorage.setItem('superset-theme-mode', 'dark')")

    def open(self, slug: str) -> None:
        """Open a dashboard in a window high enough for all of it: charts out of sight are not drawn."""
        self.page.set_viewport_size({"width": 1500, "height": 4000})
        self.page.goto(f"{self.server.url}/superset/dashboard/{slug}/")
        self.page.wait_for_selector("[data-test=chart-grid-component]")
        self.settle()

    def settle(self) -> None:
        """Wait until no chart is loading any more."""
        self.page.wait_for_load_state("networkidle")
        loading = self.page.locator("[data-test=loading-indicator]:visible, [aria-label=Loading]:visible")
        for _ in range(WAIT_MS // 100):
            if loading.count() == 0:
                break
            self.page.wait_for_timeout(100)
        else:
            pytest.fail(f"{loading.count()} charts are still loading")
        self.page.wait_for_timeout(700)  # ECharts moves its lines into place

    def tabs(self) -> list[str]:
        """Return the names of the dashboard's tabs."""
        return self.page.locator(".dashboard-component-tabs .ant-tabs-tab").all_inner_texts()

    def open_tab(self, name: str) -> None:
        self.page.locator(".dashboard-component-tabs .ant-tabs-tab", has_text=name).first.click()
        self.settle()

    def charts(self) -> list[str]:
        """Return the names of the charts in sight."""
        visible = self.page.locator("[data-test=chart-grid-component]:visible")
        return [str(chart.get_attribute("data-test-chart-name")) for chart in visible.all()]

    def chart(self, name: str) -> Locator:
        return self.page.locator(f'[data-test=chart-grid-component][data-test-chart-name="{name}"]:visible')

    def faults(self) -> list[str]:
        """Return what is wrong with the charts in sight: an error, nothing drawn, or an empty frame."""
        found: list[str] = self.page.evaluate(_FAULTS)
        return found

    def rows(self, metric: str) -> list[dict[str, Any]]:
        """Return the rows of the newest answer that has *metric*."""
        for answer in reversed(self.answers):
            if answer.ok:
                for result in answer.json()["result"]:
                    if metric in result.get("colnames", []):
                        return list(result["data"])
        return []

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the whole page beside the server's logs."""
        folder = self.server.root / "screenshots"
        folder.mkdir(exist_ok=True)
        bottom = self.page.evaluate(
            "Math.max(...[...document.querySelectorAll('[data-test=chart-grid-component]')]"
            ".map(chart => chart.getBoundingClientRect().bottom))"
        )
        self.page.set_viewport_size({"width": 1500, "height": int(bottom) + 40})
        self.settle()
        self.page.screenshot(path=str(folder / f"{name}.png"))
        return folder / f"{name}.png"


_FAULTS = """() => [...document.querySelectorAll('[data-test=chart-grid-component]')]
    .filter(chart => chart.offsetParent !== null)
    .map(chart => {
        const name = chart.getAttribute('data-test-chart-name');
        const text = chart.innerText;
        if (chart.querySelector('.ant-alert-error, [data-test=error-alert], .alert-danger')) return name + ': error';
        if (/violates|Unexpected error|Data error|Traceback/.test(text)) return name + ': ' + text.slice(0, 200);
        const canvas = chart.querySelector('canvas');
        if (canvas) {
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            let drawn = 0;
            for (let i = 3; i < data.length; i += 4) if (data[i]) drawn++;
            return drawn > 500 ? null : name + ': nothing is drawn';
        }
        if (chart.querySelector('table tbody tr')) return null;
        if (chart.querySelector('.header-line')) return null;
        return name + ': empty';
    })
    .filter(fault => fault !== null)"""
