"""Settings of a feed that take effect when a file is read must not change calls already rated by the way."""

from __future__ import annotations

from pathlib import Path

from tests.support.law import Runs
from tests.support.published import Site
from tests.support.small_site import AS_OF, call, drop, file_of, small_site

_NATIONAL = "n,1,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,2026-03-02T10:01:00Z,,02071234567,acme,uno"


def _set(site: Site, settings: str) -> None:
    path = site.root / "tollbook.toml"
    before, _, after = path.read_text().partition("[feeds.b]")
    path.write_text(before.partition("# read as")[0] + "# read as\n" + settings + "[feeds.b]" + after)


def test_a_late_file_does_not_have_its_hour_read_with_other_dialling_prefixes(runs: Runs, tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {"a/2026030210.csv": file_of([_NATIONAL])})
    _set(site, 'country_code = "44"\nnational_prefix = "0"\n')
    runs.run(site, AS_OF)
    assert [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")] == ["0.600000"]
    _set(site, 'country_code = "49"\nnational_prefix = "0"\n')
    drop(site, "a/2026030210-late.csv", file_of([call("late", "2026-03-02T10:40:00Z")]))
    runs.run(site, AS_OF)
    assert [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")] == ["1.200000"]
    runs.run(site, AS_OF, forced=("2026-03-02T10", "2026-03-02T10"))  # asked for: now 49 has no rate
    assert [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")] == ["0.600000"]
    assert [row["unrated_count"] for row in site.rows("customer_summary_daily")] == [1]
