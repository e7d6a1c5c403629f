"""A carrier with one customer and a few calls: a site that publishes in seconds, to do one thing to.

Belongs here: the smallest sound landing, and the steps of a run in this process.
Does not belong here: expectations.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from assets import run as steps
from assets.configuration import load_settings
from pipelines.settings import Settings
from tests.support.published import Site

AS_OF = datetime(2026, 3, 2, 12)
HEADER = "call_id,leg_id,setup_at,answered_at,ended_at,answered_ms,b_number,account_code,carrier_key"

CONFIGURATION = """
data = "data"
base_currency = "EUR"
[feeds.a]
format = "tollbook_csv"
files = "a/%Y%m%d%H*.csv*"
[feeds.b]
format = "freeswitch_csv"
files = "b/%Y%m%d%H*.csv*"
"""

REFERENCE = {
    "customers.csv": "customer_id,customer_name,currency_code,rate_card_id,tax_rate\nacme,Acme,EUR,gold,0.20\n",
    "customer_keys.csv": "feed_id,key_type,key_value,customer_id\n*,account_code,acme,acme\n",
    "carriers.csv": "carrier_id,carrier_name,currency_code,rate_card_id\nuno,Uno,EUR,cost\n",
    "carrier_keys.csv": "feed_id,key_value,carrier_id\n*,uno,uno\n",
    "rate_cards.csv": "rate_card_id,direction,currency_code\ngold,sell,EUR\ncost,buy,EUR\n",
    "rates/gold/2026-01-01T0000Z.csv": "prefix,destination_name,rate_per_minute\n44,UK,0.60\n",
    "rates/cost/2026-01-01T0000Z.csv": "prefix,destination_name,rate_per_minute\n44,UK,0.06\n",
}


def call(call_id: str, setup_at: str, *, seconds: int = 60, account: str = "acme", leg: str = "1") -> str:
    """Return one answered row of feed a; setup_at like '2026-03-02T10:00:00Z'."""
    start = datetime.fromisoformat(setup_at)
    end = datetime.fromtimestamp(start.timestamp() + seconds, UTC)
    began, ended = f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}"
    return f"{call_id},{leg},{began},{began},{ended},,442071234567,{account},uno"


def file_of(rows: Iterable[str]) -> bytes:
    """Return rows of feed a as a file."""
    return ("\n".join([HEADER, *rows]) + "\n").encode()


def small_site(root: Path, files: dict[str, bytes] | None = None) -> Site:
    """Write configuration, reference data and *files* (paths below landing; one good file where none are given)."""
    site = Site(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / "tollbook.toml").write_text(CONFIGURATION)
    for path, text in REFERENCE.items():
        drop(site, f"reference/{path}", text.encode())
    if files is None:
        files = {
            "a/2026030210.csv": file_of([call("one", "2026-03-02T10:00:00Z"), call("two", "2026-03-02T10:30:00Z")])
        }
    for path, content in files.items():
        drop(site, path, content)
    return site


def drop(site: Site, path: str, content: bytes) -> None:
    """Write one file below landing."""
    target = site.landing / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def settings_of(site: Site) -> Settings:
    """Return the site's validated configuration."""
    settings = load_settings(site.root / "tollbook.toml")
    assert not isinstance(settings, list), settings
    return settings


def run_in_process(
    site: Site, as_of: datetime = AS_OF, forced: steps.Hours | None = None, now: datetime | None = None
) -> list[str]:
    """Do every step of a run in this process, and return what it told. Seconds cheaper than the command.

    now: what the clock says; the machine's where it is not given.
    """
    told: list[str] = []
    run = steps.Run(
        settings_of(site), as_of, told.append, lambda: now or datetime.now(UTC).replace(tzinfo=None), forced
    )
    steps.take_reference(run)
    steps.read_landing(run)
    steps.build(run)
    steps.finish(run)
    steps.publish_snapshot(run)
    return told
