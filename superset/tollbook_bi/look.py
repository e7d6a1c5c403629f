"""How Tollbook looks: name, logo, colours as theme tokens (light and dark), colour schemes, languages, formats.

Belongs here: what is seen on every page.
Does not belong here: what one chart looks like (superset/assets/).
"""

from __future__ import annotations

from typing import Any

NAME = "Tollbook"
STATIC_URL = "/tollbook/static"
FAVICONS = [{"href": f"{STATIC_URL}/favicon.svg", "type": "image/svg+xml"}]

_TEAL, _TEAL_LIGHT = "#0f6e66", "#2fa597"
_TOKENS: dict[str, Any] = {
    "brandAppName": NAME,
    "brandLogoAlt": NAME,
    "brandLogoUrl": f"{STATIC_URL}/logo.svg",
    "brandLogoHref": "/",
    "brandLogoHeight": "28px",
    "brandLogoMargin": "12px 0",
    "colorPrimary": _TEAL,
    "colorLink": _TEAL,
    "colorPrimaryBg": "#e3f2f0",
    "colorPrimaryBgHover": "#cde7e3",
    "colorPrimaryBorder": "#9fd0c8",
    "colorError": "#c8352b",
    "colorWarning": "#d98a00",
    "colorSuccess": "#2e8b57",
    "colorInfo": "#2b6cb0",
    # The machine's own fonts: no page asks another host for one.
    "fontUrls": [],
    "fontFamily": "Inter, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
    "borderRadius": 6,
}
THEME_LIGHT: dict[str, Any] = {"token": _TOKENS, "algorithm": "default"}
THEME_DARK: dict[str, Any] = {
    "token": {
        **_TOKENS,
        "brandLogoUrl": f"{STATIC_URL}/logo-dark.svg",
        "colorPrimary": _TEAL_LIGHT,
        "colorLink": "#5fd0bf",
        "colorPrimaryBg": "#12322e",
        "colorPrimaryBgHover": "#184640",
        "colorPrimaryBorder": "#1f5a52",
        "colorEditorSelection": "#5c4d1a",
    },
    "algorithm": "dark",
}

# Told apart by people who do not see red and green apart, too.
COLOUR_SCHEMES: list[dict[str, Any]] = [
    {
        "id": "tollbook",
        "description": "Colours that stay apart in light and dark, and without red and green",
        "label": NAME,
        "isDefault": True,
        "colors": [
            "#0f6e66",
            "#e08a1e",
            "#3b6fb6",
            "#b5476d",
            "#7a9e3b",
            "#7d5ba6",
            "#c4b02f",
            "#4fb3c8",
            "#a3623a",
            "#5f7480",
        ],
    }
]

LANGUAGES = {
    "en": {"flag": "gb", "name": "English"},
    "de": {"flag": "de", "name": "Deutsch"},
    "fr": {"flag": "fr", "name": "Français"},
    "es": {"flag": "es", "name": "Español"},
}

# d3: 1,234.56 and amounts with their sign before them; 24-hour time.
NUMBER_FORMAT = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]}
TIME_FORMAT = {
    "dateTime": "%Y-%m-%d %H:%M:%S",
    "date": "%Y-%m-%d",
    "time": "%H:%M:%S",
    "periods": ["AM", "PM"],
    "days": ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    "shortDays": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    "months": [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ],
    "shortMonths": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}  # fmt: skip
CURRENCIES = ["EUR", "GBP", "USD", "CHF", "JPY", "CAD", "AUD"]
