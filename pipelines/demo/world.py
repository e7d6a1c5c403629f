"""The invented carrier's customers, carriers and keys.

Belongs here: who exists in the demo, how the switches know them, how good each carrier is.
Does not belong here: prices (cards.py), calls (traffic.py), CSV (reference_files.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.demo.cards import Card, build_cards
from pipelines.demo.plan import DAY, HOUR, MINUTE, DemoPlan


@dataclass(frozen=True, slots=True)
class Key:
    """What tells a customer (or a carrier) of one feed, or of all ('*'). Window in ms, half open; None = open."""

    feed_id: str
    key_type: str
    key_value: str
    owner_id: str
    effective_from: int | None = None
    effective_to: int | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer, and how it uses the service. weight: share of traffic. feeds: where its calls come in.

    key_type and key_value: what its calls carry. minutes: talk time of its calls against the usual, in percent.
    """

    customer_id: str
    name: str
    currency_code: str
    rate_card_id: str
    region: str
    weight: int
    feeds: tuple[str, ...]
    key_type: str
    key_value: str
    caller: str
    minutes: int
    reference: dict[str, str]


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier and its quality. asr: percent answered; acd: mean talk seconds; pdd: mean ms to ringing.

    congestion: percent of its failures that come back at once as 503, to be re-routed. sees_dtmf: it lets digits be
    observed. speaks_sip: its releases carry a SIP status. fails_from, fails_to: when hardly a call gets through.
    """

    carrier_id: str
    name: str
    currency_code: str
    rate_card_id: str
    channel_limit: str
    asr: int
    acd: int
    pdd: int
    congestion: int
    weight: int
    sees_dtmf: bool = True
    speaks_sip: bool = True
    fails_from: int = 0
    fails_to: int = 0


@dataclass(frozen=True, slots=True)
class CardChange:
    """A customer takes another card at an instant (ms)."""

    customer_id: str
    rate_card_id: str
    effective_from: int


@dataclass(frozen=True, slots=True)
class World:
    """All that exists apart from calls. fx: (date, currency) -> rate to EUR as text."""

    customers: tuple[Customer, ...]
    customer_keys: tuple[Key, ...]
    card_changes: tuple[CardChange, ...]
    carriers: tuple[Carrier, ...]
    carrier_keys: tuple[Key, ...]
    cards: tuple[Card, ...]
    fx: dict[tuple[int, str], str] = field(default_factory=dict)


# id | name | currency | card | region | weight | feeds | key type | key value | minutes in percent | reference fields
_CUSTOMERS = """
aldgate-media | Aldgate Media Ltd | GBP | gbp-retail | gb | 30 | lon1 | account_code | ALD-1001 | 100 | channels=60 credit=500 period=monthly city=London cc=GB tax=0.20
brightwater | Brightwater Housing | GBP | gbp-retail | gb | 42 | lon1 | account_code | BRI-1002 | 120 | channels=90 credit=750 period=monthly city=Bristol cc=GB tax=0.20
camden-cabs | Camden Cabs | GBP | gbp-flex | gb | 55 | lon1 | account_code | CAM-1003 | 40 | channels=120 credit=300 period=weekly city=London cc=GB tax=0.20 group=day
dunmore-legal | Dunmore Legal LLP | GBP | gbp-retail | gb | 18 | lon1 | account_code | DUN-1004 | 180 | channels=30 period=monthly city=Edinburgh cc=GB tax=0.20
elmtree | Elmtree Schools Trust | GBP | gbp-wholesale | gb | 25 | lon1 | account_code | ELM-1005 | 90 | channels=45 credit=1000 period=monthly city=Leeds cc=GB tax=0.05
fenwick-travel | Fenwick Travel | GBP | gbp-flex | gb | 20 | lon1 | account_code | FEN-1006 | 150 | channels=40 period=monthly city=Norwich cc=GB tax=0.20 unverified=email
gannet-radio | Gannet Radio | GBP | gbp-wholesale | gb | 9 | lon1 | account_code | GAN-1007 | 70 | channels=20 credit=-50 period=daily city=Cardiff cc=GB tax=0.20
harbour-tel | Harbour Telecom Wholesale | GBP | gbp-wholesale | gb | 70 | lon1 nyc1 | account_code | HAR-1008 | 100 | channels=400 credit=5000 period=weekly city=Plymouth cc=GB tax=0 terms=14
isis-clinic | Isis Clinic | GBP | gbp-retail | gb | 12 | lon1 | account_code | ISI-1009 | 110 | channels=20 period=monthly city=Oxford cc=GB tax=0 unverified=mobile
adler-logistik | Adler Logistik GmbH | EUR | eur-retail | eu | 35 | fra1 | account_code | 20001 | 80 | channels=80 credit=600 period=monthly city=Frankfurt cc=DE tax=0.19
blauwal | Blauwal Versand | EUR | eur-retail | eu | 28 | fra1 | account_code | 20002 | 70 | channels=50 credit=400 period=monthly city=Hamburg cc=DE tax=0.19
copernic | Copernic Conseil SARL | EUR | eur-premium | eu | 20 | fra1 | account_code | 20003 | 140 | channels=40 period=monthly city=Strasbourg cc=FR tax=0.20
donau-hotels | Donau Hotels | EUR | eur-premium | eu | 22 | fra1 | account_code | 20004 | 130 | channels=60 credit=250 period=weekly city=Wien cc=AT tax=0.20 group=day
eiger-bau | Eiger Bau AG | EUR | eur-retail | eu | 15 | fra1 | account_code | 20005 | 100 | channels=30 period=monthly city=Bern cc=CH tax=0
flandria | Flandria Carrier Services | EUR | eur-wholesale | eu | 60 | fra1 nyc1 | account_code | 20006 | 100 | channels=300 credit=4000 period=weekly city=Gent cc=BE tax=0 terms=7
gruenwald | Gruenwald Klinik | EUR | eur-retail | eu | 12 | fra1 | account_code | 20007 | 160 | channels=25 period=monthly city=Muenchen cc=DE tax=0.19
nordlicht | Nordlicht Energie | EUR | eur-retail | eu | 30 | nyc1 | tech_prefix | 7101 | 110 | channels=80 credit=500 period=monthly city=Kiel cc=DE tax=0.19
oranje-bel | Oranje Bel BV | EUR | eur-wholesale | eu | 75 | nyc1 | trunk | tg-oranje | 90 | channels=350 credit=3000 period=weekly city=Utrecht cc=NL tax=0 terms=14
palma-sur | Palma Sur Telefonia | EUR | eur-wholesale | eu | 50 | nyc1 | trunk | tg-palma | 100 | channels=250 credit=2500 period=weekly city=Palma cc=ES tax=0.21
quattro-voci | Quattro Voci SpA | EUR | eur-premium | eu | 26 | nyc1 | source_ip | 192.0.2.10 | 100 | channels=70 period=monthly city=Torino cc=IT tax=0.22
rhein-ruf | Rhein-Ruf Callcenter | EUR | eur-dialer | eu | 95 | nyc1 | account_code | RRC-7 | 25 | channels=500 credit=2000 period=daily city=Koeln cc=DE tax=0.19
solvang | Solvang Solar | EUR | eur-retail | eu | 14 | nyc1 | tech_prefix | 7102 | 100 | channels=30 period=monthly city=Aarhus cc=DK tax=0.25 unverified=both
tramontana | Tramontana Viaggi | EUR | eur-retail | eu | 18 | nyc1 | source_ip | 192.0.2.11 | 120 | channels=40 credit=200 period=monthly city=Bologna cc=IT tax=0.22
ursa-new | Ursa Neue Dienste | EUR | eur-launch | eu | 10 | nyc1 | account_code | URSA | 80 | channels=20 city=Leipzig cc=DE tax=0.19
vesuvio | Vesuvio Conferenze | EUR | eur-premium | eu | 12 | nyc1 | a_number | 390815550100 | 320 | channels=50 credit=100 period=monthly city=Napoli cc=IT tax=0.22
alameda-voip | Alameda VoIP Inc | USD | usd-wholesale | us | 85 | nyc1 | trunk | tg-alameda | 100 | channels=400 credit=4000 period=weekly city=Alameda cc=US tax=0 terms=14
bayou-dental | Bayou Dental Group | USD | usd-retail | us | 22 | nyc1 | account_code | BAYOU | 90 | channels=40 period=monthly city=Baton+Rouge cc=US tax=0
cedar-bank | Cedar Savings Bank | USD | usd-retail | us | 34 | nyc1 | source_ip | 198.51.100.20 | 130 | channels=100 credit=1500 period=monthly city=Cedar+Rapids cc=US tax=0
delmar-dial | Delmar Dialing | USD | usd-dialer | us | 110 | nyc1 | trunk | tg-delmar | 22 | channels=600 credit=2500 period=daily city=San+Diego cc=US tax=0
erie-freight | Erie Freight | USD | usd-retail | us | 24 | nyc1 | tech_prefix | 7201 | 80 | channels=40 credit=300 period=monthly city=Buffalo cc=US tax=0
foothill-iot | Foothill Alarm Systems | USD | usd-block | us | 16 | nyc1 | account_code | FOOT | 10 | channels=30 period=monthly city=Boulder cc=US tax=0
georgian-bay | Georgian Bay Telco | USD | usd-wholesale | us | 55 | nyc1 | trunk | tg-georgian | 105 | channels=300 credit=3000 period=weekly city=Toronto cc=CA tax=0.13 terms=14
hudson-news | Hudson News Desk | USD | usd-retail | us | 20 | nyc1 | a_number | 12125550142 | 140 | channels=30 period=monthly city=New+York cc=US tax=0
indigo-air | Indigo Regional Air | USD | usd-wholesale | us | 38 | nyc1 | source_ip | 198.51.100.21 | 115 | credit=1000 period=monthly city=Denver cc=US tax=0
jacaranda | Jacaranda Resellers | USD | usd-wholesale | us | 28 | nyc1 | tech_prefix | 7202 | 95 | channels=100 period=monthly city=Miami cc=US
kodiak-lines | Kodiak Lines | USD | usd-block | us | 8 | nyc1 | account_code | KODIAK | 60 | channels=10 credit=0 period=monthly city=Anchorage cc=US tax=0
"""  # noqa: E501 -- one customer, one line

UNKNOWN_ACCOUNT = "GHOST-9"
"""An account code the switches let through and nobody has given to a customer."""

MOVED_TRUNK = "tg-moved"
"""A trunk that belongs to palma-sur first and to oranje-bel from the middle of the range on."""

UNKNOWN_CARRIER = "gw-mystery"
NO_CARD_CARRIER = "gw-tundra"
NO_FX_CARRIER = "gw-alpine"

# id | name | currency | card | channels | asr | acd | pdd | congestion | weight
_CARRIERS = """
atlantic | Atlantic Gateway | USD | buy-atlantic | 600 | 62 | 170 | 1400 | 25 | 24
balticom | Balticom | EUR | buy-balticom | 400 | 58 | 160 | 1700 | 30 | 20
clearline | Clearline Premium | GBP | buy-clearline | 300 | 71 | 210 | 1100 | 12 | 16
deltavox | DeltaVox | USD | buy-deltavox | 500 | 54 | 140 | 2200 | 35 | 18
eurobridge | Eurobridge | EUR | buy-eurobridge | 350 | 60 | 165 | 1600 | 28 | 14
fastroute | FastRoute Discount | USD | buy-fastroute | 800 | 38 | 65 | 3900 | 45 | 12
globelink | Globelink | EUR | buy-globelink | 250 | 55 | 150 | 2000 | 30 | 10
hanse-net | Hanse Netz | EUR | buy-hanse | 200 | 64 | 175 | 1500 | 20 | 8
alpine | Alpine Transit | CHF | buy-alpine |  | 66 | 180 | 1300 | 20 | 0
tundra | Tundra Voice | USD |  | 50 | 50 | 120 | 2500 | 30 | 0
"""

FAILING_CARRIER = "deltavox"
SEES_NO_DTMF = ("balticom", "fastroute")
SPEAKS_NO_SIP = ("hanse-net",)


def _fields(line: str) -> list[str]:
    return [field.strip() for field in line.split("|")]


def _customers() -> tuple[Customer, ...]:
    found = []
    for number, line in enumerate(_CUSTOMERS.strip().splitlines()):
        customer_id, name, currency, card, region, weight, feeds, key_type, key_value, minutes, rest = _fields(line)
        country = {"gb": "44", "eu": "49", "us": "1"}[region]
        caller = key_value if key_type == "a_number" else f"{country}{900000 + number * 37}"
        reference = dict(pair.split("=") for pair in rest.split())
        found.append(
            Customer(
                customer_id, name, currency, card, region, int(weight), tuple(feeds.split()), key_type, key_value,
                caller, int(minutes), {key: value.replace("+", " ") for key, value in reference.items()},
            )
        )  # fmt: skip
    return tuple(found)


def _customer_keys(plan: DemoPlan, customers: tuple[Customer, ...]) -> tuple[Key, ...]:
    # harbour-tel and flandria send through two switches with one key, so theirs holds in every feed.
    keys = [
        Key("*" if len(one.feeds) > 1 else one.feeds[0], one.key_type, one.key_value, one.customer_id)
        for one in customers
    ]
    moved_at = plan.start + plan.hour_count * HOUR // 2
    keys.append(Key("nyc1", "trunk", MOVED_TRUNK, "palma-sur", None, moved_at))
    keys.append(Key("nyc1", "trunk", MOVED_TRUNK, "oranje-bel", moved_at, None))
    # The feed's own key goes before the one for every feed.
    keys.append(Key("*", "account_code", "RRC-7", "blauwal"))
    return tuple(keys)


def _carriers(plan: DemoPlan) -> tuple[Carrier, ...]:
    middle = plan.start + (plan.days // 2) * DAY
    afternoon = middle - middle % DAY + 13 * HOUR
    if afternoon < plan.start:
        afternoon += DAY
    found = []
    for line in _CARRIERS.strip().splitlines():
        carrier_id, name, currency, card, channels, asr, acd, pdd, congestion, weight = _fields(line)
        fails = carrier_id == FAILING_CARRIER
        found.append(
            Carrier(
                carrier_id, name, currency, card, channels, int(asr), int(acd), int(pdd), int(congestion), int(weight),
                sees_dtmf=carrier_id not in SEES_NO_DTMF,
                speaks_sip=carrier_id not in SPEAKS_NO_SIP,
                fails_from=afternoon if fails else 0,
                fails_to=afternoon + 5 * HOUR if fails else 0,
            )
        )  # fmt: skip
    return tuple(found)


def _fx(plan: DemoPlan, seed: int) -> dict[tuple[int, str], str]:
    first = plan.start // DAY - 12
    last = (plan.end - 1) // DAY
    rates: dict[tuple[int, str], str] = {}
    for day in range(first, last + 1):
        if (day + 3) % 7 >= 5:  # no fixing at weekends: 1970-01-01 was a Thursday
            continue
        wobble = (day * 7919 + seed * 104729) % 401 - 200
        rates[day, "GBP"] = f"1.{1567 * 100 + wobble * 12:06d}"
        rates[day, "USD"] = f"0.{863450 + wobble * 21:06d}"
        # The franc's fixings stopped before anything of the demo: more than 7 days old, so not to be used.
        if day <= plan.start // DAY - 9:
            rates[day, "CHF"] = f"1.{61200 + wobble * 9:06d}"
    return rates


def build_world(plan: DemoPlan) -> World:
    """Return everything of the demo but its calls, for this plan."""
    customers = _customers()
    carriers = _carriers(plan)
    carrier_keys = tuple(Key("nyc1", "", f"gw-{one.carrier_id}", one.carrier_id) for one in carriers)
    changed_at = plan.start + plan.hour_count * HOUR * 3 // 5 + 20 * MINUTE
    changes = (CardChange("tramontana", "eur-wholesale", changed_at),)
    keys = _customer_keys(plan, customers)
    return World(customers, keys, changes, carriers, carrier_keys, build_cards(plan), _fx(plan, plan.seed))
