"""The configuration the demo's files belong to: tollbook.toml as a newcomer finds it.

Belongs here: the text of that file.
Does not belong here: reading or validating it.
"""

from __future__ import annotations

_TEXT = """\
# Tollbook's configuration. `tollbook check` reads it and tells everything that is wrong at once.
# Relative paths start at this file's folder. Unknown keys are refused.
# As it stands it fits the data `tollbook demo` (or `make demo`) writes: three switches of one carrier.

data = "data"                      # folder; lake/ and derived/ live below it
# landing = "data/landing"         # where the switches drop their files; never modified. Default: <data>/landing
# published = "data/published"     # what dashboards and billing read. Default: <data>/published
base_currency = "EUR"              # the currency of rate_to_base in reference/fx_rates.csv

# How rows belong together and when a period is done. These are the defaults.
[rules]
# call_spread = "1h"               # legs of one call start at most this long after one another
# late_window = "72h"              # how far back a late file is looked for
# channels_lag = "1h"              # "channels in use" is told for this long ago: CDRs exist only of ended calls
# settle = "6h"                    # a period may be invoiced this long after its end
# invoice_settle = "24h"           # ... and is, by schedule, this long after it

# Who issues the invoices; needed only to issue.
# [seller]
# name = "Example Carrier GmbH"
# street = "Hafenstrasse 1"
# postcode = "60327"
# city = "Frankfurt am Main"
# country_code = "DE"
# vat_id = "DE123456789"
# iban = "DE02120300000000202051"
# invoice_prefix = "RE"
# credit_note_prefix = "GS"

# Where a customer of the portal pays.
# [portal]
# payment_url = "https://pay.example.com/?account={customer_id}&amount={amount}&currency={currency_code}"

# One table a switch. `files` is a pattern below landing; its strftime fields tell the drop hour of a file (UTC).
[feeds.lon1]                       # FreeSWITCH in London: mod_cdr_csv, local times, some hours gzipped
format = "freeswitch_csv"
files = "lon1/%Y/%m/%d/cdr-%Y%m%d%H*.csv*"
timezone = "Europe/London"         # of its timestamps
expected = "hourly"                # an hour without a file is missing: its periods are not complete

[feeds.fra1]                       # Asterisk in Frankfurt: cdr_csv, several legs a call, national and 00 dialling
format = "asterisk_csv"
files = "fra1/%Y/%m/%d/cdr-%Y%m%d%H*.csv*"
timezone = "Europe/Berlin"
expected = "hourly"
country_code = "49"
national_prefix = "0"
international_prefix = "00"

[feeds.nyc1]                       # A session border controller in New York that writes tollbook_csv, times with a Z
format = "tollbook_csv"
files = "nyc1/%Y/%m/%d/cdr-%Y%m%d%H*.csv*"
timezone = "UTC"
expected = "hourly"
talk_time_over_maximum = "10h"     # a longer call hung; it is not billed until this bound allows it

# A switch nobody thought of needs no code: declare its columns and name the format in its feed.
# [formats.reseller]
# kind = "csv"
# delimiter = ";"
# [formats.reseller.columns]
# call_id = "Call Ref"
# setup_at = { from = ["Call Date", "Call Time"], format = "%d/%m/%Y %H:%M:%S" }
# answered_ms = { from = "Duration", unit = "s" }
# is_answered = { from = "Class", map = { N = true, V = true, D = false } }
# b_number = { from = "Non-Charged Party" }
# account_code = { from = "Customer Identifier" }
"""


def demo_configuration() -> str:
    """Return a whole, commented tollbook.toml that fits the demo's feeds."""
    return _TEXT
