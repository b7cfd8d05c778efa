"""Every setting of the site: read from the environment once, documented once, checked before anything starts."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

# A lead edits the facts of the site at /site; after that the environment is not asked for them any more.
_UNTIL_SAVED = "Only what a new site begins with: it counts until a lead saves the facts of the site"
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Misconfigured(Exception):
    """A setting is missing or wrong; the message is one sentence for whoever starts the site."""


def _setting(default: Any, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True)
class Settings:
    """What the environment says. A field `x_y` is the variable `X_Y`; after a change `make settings`."""

    database_url: str = _setting("", "Address of the database: sqlite:///path or postgresql+psycopg://…")
    redis_url: str = _setting("", "Address of the Redis-compatible server, without a database number")
    secret_key: str = _setting("", "Signs cookies; at least 32 characters, the same in every process")
    encryption_key: str = _setting(
        "",
        "Encrypts e-mail addresses and second factors; at least 32 characters, the same in every process. "
        "Lost, they are lost; to change it, put the new one in front of the old one with a comma between",
    )
    site_mode: str = _setting("production", "production, development, or testing (tests and replays alone)")
    async_mode: str = _setting(
        "threading", "How the web process serves sockets: threading, or gevent (Postgres only)"
    )
    origin: str = _setting(
        "",
        "The site's own address, as in https://forum.example.org: links in mail begin with it, and only its own "
        "pages may open a live line or send a form. Needed in production, where it must be https",
    )
    bind: str = _setting("127.0.0.1", "Address that a web process listens on")
    port: int = _setting(8000, "Port that a web process listens on")
    trusted_proxies: int = _setting(0, "How many proxies in front set X-Forwarded-* (0: none is believed)")
    site_name: str = _setting("Peer support", "The name on every page. " + _UNTIL_SAVED)
    site_country: str = _setting(
        "GB", "Country whose help lines come first: two letters, or GB-WLS for Wales. " + _UNTIL_SAVED
    )
    site_time_zone: str = _setting("Europe/London", "Time zone of the stated hours. " + _UNTIL_SAVED)
    help_lines: str = _setting(
        "",
        "A file (TOML) of this site's own help lines, which adds to those that come with it and changes them; "
        "docs/help-lines.md tells its form",
    )
    moderators_from: str = _setting(
        "08:00", "When moderators are usually here, from (HH:MM). " + _UNTIL_SAVED
    )
    moderators_until: str = _setting(
        "23:00", "and until (HH:MM; earlier than the start means past midnight). " + _UNTIL_SAVED
    )
    mail_url: str = _setting(
        "",
        "Mail server: smtp://user:password@host:587 or smtps://…; file:///folder writes mail there instead "
        "(not in production). Empty: this site sends no mail, and says so",
    )
    mail_from: str = _setting("", "Address that mail comes from; needed with MAIL_URL")
    limits: bool = _setting(True, "no switches rate limits off; a production site refuses that")
    sockets_per_process: int = _setting(
        180, "Open sockets one web process accepts; with threads keep it under --threads"
    )
    clock_file: str = _setting("", "File that moves the clock (seconds); testing sites only")
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR")

    @property
    def testing(self) -> bool:
        """Whether this is a throw-away site of a test or a replay."""
        return self.site_mode == "testing"

    @property
    def hosted(self) -> bool:
        """Whether real people are here."""
        return self.site_mode == "production"

    @property
    def cookies_need_https(self) -> bool:
        """Whether the site is reached by https: its cookies then travel by https only."""
        return self.origin.startswith("https://")

    @property
    def broker_url(self) -> str:
        """Where Celery's queues live: database 0."""
        return f"{self.redis_url}/0"

    @property
    def sockets_url(self) -> str:
        """Where web processes hear from the relay: database 1."""
        return f"{self.redis_url}/1"

    @property
    def limits_url(self) -> str:
        """Where rate limits are counted: database 2."""
        return f"{self.redis_url}/2"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings, checked; raises Misconfigured with one sentence about the first thing that is wrong."""
    environment = os.environ if environment is None else environment
    given = {
        f.name: _parsed(f.name, f.type, environment[f.name.upper()])
        for f in fields(Settings)
        if environment.get(f.name.upper(), "") != ""
    }
    settings = Settings(**given)
    _check(settings)
    return settings


def _parsed(name: str, kind: Any, value: str) -> Any:
    if kind is bool:
        if value.lower() not in ("yes", "no", "true", "false", "1", "0"):
            raise Misconfigured(f"{name.upper()} must be yes or no.")
        return value.lower() in ("yes", "true", "1")
    if kind is int:
        if not value.isdigit():
            raise Misconfigured(f"{name.upper()} must be a whole number.")
        return int(value)
    return value


def _check(settings: Settings) -> None:
    for name in ("database_url", "redis_url", "secret_key", "encryption_key"):
        if not getattr(settings, name):
            raise Misconfigured(f"{name.upper()} is not set; docs/settings.md says what it means.")
    sqlite = settings.database_url.startswith("sqlite")
    wrong: list[tuple[bool, str]] = [
        (
            not settings.database_url.startswith(("sqlite://", "postgresql+psycopg://")),
            "DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://.",
        ),
        (len(settings.secret_key) < 32, "SECRET_KEY is too short: use at least 32 random characters."),
        (
            any(len(key.strip()) < 32 for key in settings.encryption_key.split(",")),
            "ENCRYPTION_KEY is too short: use at least 32 random characters.",
        ),
        (
            settings.site_mode not in ("production", "development", "testing"),
            "SITE_MODE must be production, development or testing.",
        ),
        (settings.async_mode not in ("threading", "gevent"), "ASYNC_MODE must be threading or gevent."),
        (
            settings.async_mode == "gevent" and sqlite,
            "ASYNC_MODE=gevent needs Postgres: a wait for SQLite's lock would stop every request.",
        ),
        *_wrong_about_origin(settings),
        (not 0 < settings.port < 65536, "PORT must be a number from 1 to 65535."),
        (
            urlsplit(settings.redis_url).path not in ("", "/"),
            "REDIS_URL must not name a database: the site uses 0, 1 and 2 itself.",
        ),
        *_wrong_about_mail(settings),
        (
            not settings.limits and not settings.testing,
            "LIMITS=no is for tests and replays; this site refuses to start without limits.",
        ),
        (
            bool(settings.clock_file) and not settings.testing,
            "CLOCK_FILE is for tests; this site refuses to start with a clock that can be moved.",
        ),
        (
            not _is_zone(settings.site_time_zone),
            "SITE_TIME_ZONE is not a time zone that this machine knows.",
        ),
        (
            not _TIME.fullmatch(settings.moderators_from),
            "MODERATORS_FROM must be a time of day, as in 08:00.",
        ),
        (
            settings.moderators_until != "24:00" and not _TIME.fullmatch(settings.moderators_until),
            "MODERATORS_UNTIL must be a time of day, as in 23:00.",
        ),
        (
            settings.moderators_from == settings.moderators_until,
            "MODERATORS_FROM and MODERATORS_UNTIL are the same: write 00:00 and 24:00 for day and night.",
        ),
        (
            settings.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"),
            "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.",
        ),
    ]
    for is_wrong, sentence in wrong:
        if is_wrong:
            raise Misconfigured(sentence)


def _wrong_about_mail(settings: Settings) -> list[tuple[bool, str]]:
    place = urlsplit(settings.mail_url)
    schemes = ("smtp", "smtps") if settings.site_mode == "production" else ("smtp", "smtps", "file")
    return [
        (
            bool(settings.mail_url) and place.scheme not in schemes,
            "MAIL_URL must begin with smtp:// or smtps:// (or with file:/// where people develop).",
        ),
        (
            place.scheme in ("smtp", "smtps") and (not place.hostname or not _has_a_port(place)),
            "MAIL_URL must name a mail server, as in smtp://user:password@mail.example.org:587.",
        ),
        (
            bool(settings.mail_url) and not settings.origin,
            "ORIGIN is not set: links in mail begin with it, as in https://forum.example.org.",
        ),
        (
            bool(settings.mail_url) and not _is_address(settings.mail_from),
            "MAIL_FROM must be the address that mail comes from, as in forum@example.org.",
        ),
    ]


def _wrong_about_origin(settings: Settings) -> list[tuple[bool, str]]:
    origin = settings.origin
    plain = re.fullmatch(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?", origin)
    return [
        ("*" in origin, "ORIGIN must be one address: with * every site could speak for people who are here."),
        (
            bool(origin) and plain is None,
            "ORIGIN must be the site's address in small letters and nothing more, "
            "as in https://forum.example.org.",
        ),
        (
            settings.hosted and not origin,
            "ORIGIN is not set: the site's own address, as in https://forum.example.org.",
        ),
        (
            settings.hosted and not origin.startswith(("https://", "http://localhost", "http://127.0.0.1")),
            "ORIGIN must begin with https://: people's words and passwords must not travel in the open.",
        ),
    ]


def _has_a_port(place: SplitResult) -> bool:
    try:
        return place.port != 0
    except ValueError:
        return False


def _is_address(words: str) -> bool:
    name, _, domain = parseaddr(words)[1].rpartition("@")
    return bool(name) and re.fullmatch(r"[A-Za-z0-9.-]+", domain) is not None


def as_page() -> str:
    """Every setting with its default and meaning, as the page docs/settings.md."""
    rows = [f"| `{f.name.upper()}` | {_shown(f.default)} | {f.metadata['says']} |" for f in fields(Settings)]
    return _PAGE + "\n".join(rows) + "\n"


_PAGE = """# Settings

Each is a variable of the environment, checked at start: what is missing or wrong is said in one sentence, and nothing
starts. Made from `forum/config.py` by `make settings`.

| setting | default | meaning |
|---|---|---|
"""


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return f"`{default}`" if default != "" else ""


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError):
        return False
