"""Reference data that goes bad, would change rated calls, or cures what could not be rated."""

from __future__ import annotations

from pathlib import Path

from tests.support.small_site import AS_OF, call, drop, file_of, run_in_process, small_site


def test_reference_data_gone_bad_leaves_the_last_good_version_in_force(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    drop(site, "reference/rates/gold/2026-03-01T0000Z.csv", b"prefix,destination_name,rate_per_minute\n44,UK,\n")
    drop(site, "a/2026030211.csv", file_of([call("three", "2026-03-02T11:00:00Z")]))
    outcome = site.tollbook("run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}")
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert "rates/gold/2026-03-01T0000Z.csv:2" in outcome.stdout
    assert "stays in force" in outcome.stdout
    assert [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")] == ["1.800000"]


def test_a_deck_that_would_change_rated_calls_waits_until_it_is_accepted(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    drop(site, "reference/rates/gold/2026-03-01T0000Z.csv", b"prefix,destination_name,rate_per_minute\n44,UK,6.00\n")
    told = run_in_process(site)
    assert any("waits" in line for line in told)
    assert [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")] == ["1.200000"]
    shown = site.tollbook("rerate")
    assert shown.returncode == 0
    assert "1.200000" in shown.stdout
    assert "12.000000" in shown.stdout
    assert site.tollbook("rerate", "--apply").returncode == 0
    run_in_process(site)
    assert [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")] == ["12.000000"]


def test_a_key_that_cures_unrated_calls_is_accepted_by_the_next_run(tmp_path: Path) -> None:
    rows = [call("one", "2026-03-02T10:00:00Z"), call("two", "2026-03-02T10:30:00Z", account="newcomer")]
    site = small_site(tmp_path / "site", {"a/2026030210.csv": file_of(rows)})
    run_in_process(site)
    assert {row["customer_id"]: row["unrated_count"] for row in site.rows("customer_summary_daily")} == {
        "acme": 0,
        None: 1,
    }
    keys = (site.landing / "reference" / "customer_keys.csv").read_bytes() + b"*,account_code,newcomer,acme\n"
    drop(site, "reference/customer_keys.csv", keys)
    run_in_process(site)
    daily = site.rows("customer_summary_daily")
    assert [(row["customer_id"], row["attempt_count"], str(row["charge_amount"])) for row in daily] == [
        ("acme", 2, "1.200000")
    ]
