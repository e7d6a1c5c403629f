"""Alerts and reports: Celery on Redis, mails over SMTP. Off until [bi] mail is set.

Belongs here: Superset's settings of them.
Does not belong here: starting the worker (tools/services.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tollbook_bi.site import Site

CHROMIUM, CHROMEDRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def mail_settings(site: Site) -> dict[str, Any]:
    """Return the names that superset_config.py takes over; without a mail server those that switch everything off."""
    if site.mail_url is None or site.redis_url is None:
        return {"CELERY_CONFIG": None}
    from celery.schedules import crontab

    redis = site.redis_url

    class CeleryConfig:
        broker_url = redis
        result_backend = redis
        imports = ("superset.sql_lab", "superset.tasks.scheduler")
        task_default_queue = "tollbook"
        worker_prefetch_multiplier = 1
        task_acks_late = False
        timezone = "UTC"
        beat_schedule = {  # noqa: RUF012 -- celery reads a class
            "reports.scheduler": {"task": "reports.scheduler", "schedule": crontab(minute="*", hour="*")},
            "reports.prune_log": {"task": "reports.prune_log", "schedule": crontab(minute="7", hour="3")},
        }

    address = urlsplit(site.mail_url)
    return {
        **_browser(),
        "CELERY_CONFIG": CeleryConfig,
        "ALERT_REPORTS_NOTIFICATION_DRY_RUN": False,
        "SMTP_HOST": address.hostname or "localhost",
        "SMTP_PORT": address.port or _PORTS[address.scheme],
        "SMTP_STARTTLS": address.scheme == "smtp+starttls",
        "SMTP_SSL": address.scheme == "smtps",
        "SMTP_SSL_SERVER_AUTH": address.scheme != "smtp",
        "SMTP_USER": unquote(address.username or ""),
        "SMTP_PASSWORD": unquote(address.password or ""),
        "SMTP_MAIL_FROM": site.bi.mail_from,
        "EMAIL_REPORTS_SUBJECT_PREFIX": "[Tollbook]",
        "EMAIL_REPORTS_CTA": "Open in Tollbook",
        "WEBDRIVER_BASEURL": f"{site.own_url}/",
        "WEBDRIVER_BASEURL_USER_FRIENDLY": f"{site.bi.public_url or site.own_url}/",
    }


def _browser() -> dict[str, Any]:
    """Return how the worker takes pictures: with Debian's chromium and its driver; without them alerts carry links."""
    if not (CHROMIUM.exists() and CHROMEDRIVER.exists()):
        return {}
    return {
        "WEBDRIVER_TYPE": "chrome",
        # The sandbox needs a user other than root; the browser sees this machine's Superset alone.
        "WEBDRIVER_OPTION_ARGS": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        "WEBDRIVER_CONFIGURATION": {
            "options": {"capabilities": {}, "preferences": {}, "binary_location": str(CHROMIUM)},
            "service": {"log_output": "/dev/null", "service_args": [], "port": 0, "env": {}},
        },
    }
