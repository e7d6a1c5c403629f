"""Superset's configuration: everything that differs from its defaults, with the reason.

Belongs here: names in capitals that Superset reads, taken from tollbook.toml and var/bi/.
Does not belong here: how things work (tollbook_bi/), assets, who may do what (tollbook_bi/access.py).
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

from tollbook_bi import look
from tollbook_bi.connection import connection_mutator
from tollbook_bi.keys import kept_secret, long_enough, private_folder
from tollbook_bi.mail import CHROMEDRIVER, CHROMIUM, mail_settings
from tollbook_bi.pages import mutate_app
from tollbook_bi.security_manager import TollbookSecurityManager
from tollbook_bi.site import this_site
from tollbook_bi.zones import tollbook_local, tollbook_zone

# Instants in the snapshot are UTC without zone; a process elsewhere would shift what "last day" means.
os.environ["TZ"] = "UTC"
time.tzset()
os.umask(0o077)  # what Superset writes is its owner's alone

_SITE = this_site()
_STATE = private_folder(_SITE.state)
_REDIS = _SITE.redis_url

# ---- state
DATA_DIR = str(_STATE)
SECRET_KEY = kept_secret(_STATE, "secret-key")
GUEST_TOKEN_JWT_SECRET = kept_secret(_STATE, "guest-key")
GLOBAL_ASYNC_QUERIES_JWT_SECRET = kept_secret(_STATE, "queue-key")
SQLALCHEMY_DATABASE_URI = _SITE.metadata_url
SQLALCHEMY_ENGINE_OPTIONS: dict[str, Any] = (
    {"connect_args": {"check_same_thread": False, "timeout": 30}}
    if SQLALCHEMY_DATABASE_URI.startswith("sqlite")
    else {"pool_pre_ping": True}
)
SQLALCHEMY_EXAMPLES_URI = None

# ---- caches: results of charts are scoped (tollbook_bi/caching.py); what people are doing lies in the metadata
DATA_CACHE_CONFIG: dict[str, Any] = {"CACHE_DEFAULT_TIMEOUT": int(timedelta(hours=2).total_seconds())}
if _REDIS is None:
    DATA_CACHE_CONFIG |= {
        "CACHE_TYPE": "tollbook_bi.caching.ScopedFileSystemCache",
        "CACHE_DIR": str(_STATE / "cache"),
        "CACHE_THRESHOLD": 5000,
    }
else:
    DATA_CACHE_CONFIG |= {
        "CACHE_TYPE": "tollbook_bi.caching.ScopedRedisCache",
        "CACHE_REDIS_URL": _REDIS,
        "CACHE_KEY_PREFIX": "tollbook-data-",
    }

# ---- the data
DB_CONNECTION_MUTATOR = connection_mutator
JINJA_CONTEXT_ADDONS = {"tollbook_zone": tollbook_zone, "tollbook_local": tollbook_local}
ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
SQLLAB_TIMEOUT = 30
TIME_GRAIN_ADDONS = {"PT5M": "5 minute", "PT15M": "15 minute"}
# Ids of people's own time zone are IANA's; "today" begins in UTC like everything that is stored.
DEFAULT_RELATIVE_START_TIME = "today"
DEFAULT_RELATIVE_END_TIME = "now"

FEATURE_FLAGS = {
    "ENABLE_TEMPLATE_PROCESSING": True,  # the time zone functions
    "DRILL_BY": True,
    "DRILL_TO_DETAIL": True,
    "ALERT_REPORTS": _SITE.mail_url is not None,
    "ALERTS_ATTACH_REPORTS": CHROMIUM.exists() and CHROMEDRIVER.exists(),
    "ALLOW_ADHOC_SUBQUERY": False,
    "DASHBOARD_RBAC": False,  # a dashboard gives access to nothing: datasets do (tollbook_bi/access.py)
    "EMBEDDED_SUPERSET": False,
    "ENABLE_JAVASCRIPT_CONTROLS": False,
    "RLS_IN_SQLLAB": False,  # staff alone has SQL Lab, and staff sees all rows
    "PLAYWRIGHT_REPORTS_AND_THUMBNAILS": False,
}

# ---- who
CUSTOM_SECURITY_MANAGER = TollbookSecurityManager
AUTH_ROLE_PUBLIC = "Public"
PUBLIC_ROLE_LIKE = None
RATELIMIT_ENABLED = True
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "30 per minute"
RATELIMIT_APPLICATION = "200 per second"
RATELIMIT_STORAGE_URI = _REDIS or "memory://"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = (_SITE.bi.public_url or "").startswith("https://")
PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
FAB_API_SWAGGER_UI = False
FAB_PASSWORD_COMPLEXITY_ENABLED = True
FAB_PASSWORD_COMPLEXITY_VALIDATOR = long_enough
ENABLE_PROXY_FIX = _SITE.bi.public_url is not None

# ---- look
APP_NAME = look.NAME
APP_ICON = f"{look.STATIC_URL}/logo.svg"
FAVICONS = look.FAVICONS
THEME_DEFAULT = look.THEME_LIGHT
THEME_DARK = look.THEME_DARK
ENABLE_UI_THEME_ADMINISTRATION = False  # the look is code
EXTRA_CATEGORICAL_COLOR_SCHEMES = look.COLOUR_SCHEMES
LANGUAGES = look.LANGUAGES
BABEL_DEFAULT_LOCALE = "en"
D3_FORMAT = look.NUMBER_FORMAT
D3_TIME_FORMAT = look.TIME_FORMAT
CURRENCIES = look.CURRENCIES
FLASK_APP_MUTATOR = mutate_app

# ---- pages talk to this server alone: no pixels, tiles, fonts of other hosts
TALISMAN_ENABLED = True
TALISMAN_CONFIG: dict[str, Any] = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "frame-ancestors": ["'self'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": SESSION_COOKIE_SECURE,
    "frame_options": "SAMEORIGIN",
}
ENABLE_CORS = False

# ---- alerts and reports: off without a mail server
globals().update(mail_settings(_SITE))
LOG_LEVEL = "WARNING"
