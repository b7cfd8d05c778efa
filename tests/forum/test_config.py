"""A setting that is missing or wrong is told in one sentence, before anything starts."""

from dataclasses import fields

import pytest

from forum import config, create_app, db
from forum.config import Misconfigured, Settings

ENOUGH = {
    "DATABASE_URL": "sqlite:///x.db",
    "REDIS_URL": "redis://127.0.0.1:1",
    "SECRET_KEY": "only for tests, and long enough to be accepted",
    "ENCRYPTION_KEY": "only for tests and long enough as well as that",
    "ORIGIN": "https://forum.example.org",
}


def test_what_is_not_set_has_a_default_and_what_is_set_counts():
    settings = config.from_environment(ENOUGH | {"SITE_NAME": "Hearth", "LIMITS": "", "TRUSTED_PROXIES": "2"})
    assert settings.site_name == "Hearth"
    assert settings.limits is True
    assert settings.trusted_proxies == 2
    assert settings.site_mode == "production"
    assert not settings.testing


def test_every_setting_is_explained():
    assert [f.name for f in fields(Settings) if not f.metadata.get("says")] == []


@pytest.mark.parametrize("missing", ENOUGH)
def test_what_the_site_cannot_do_without_is_asked_for(missing):
    with pytest.raises(Misconfigured, match=f"{missing} is not set"):
        config.from_environment({name: value for name, value in ENOUGH.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("ENCRYPTION_KEY", "short"),
        ("ENCRYPTION_KEY", "one that is quite long enough as it must be,short"),
        ("SITE_MODE", "staging"),
        ("ASYNC_MODE", "eventlet"),
        ("ASYNC_MODE", "gevent"),  # with SQLite
        ("REDIS_URL", "redis://127.0.0.1:1/3"),
        ("ORIGIN", "*"),
        ("ORIGIN", "https://*.example.org"),
        ("ORIGIN", "https://forum.example.org/"),
        ("ORIGIN", "https://one.example.org https://two.example.org"),
        ("ORIGIN", "forum.example.org"),
        ("ORIGIN", "http://forum.example.org"),
        ("PORT", "0"),
        ("LIMITS", "maybe"),
        ("LIMITS", "no"),  # in production
        ("CLOCK_FILE", "/tmp/clock"),  # in production
        ("TRUSTED_PROXIES", "one"),
        ("SITE_TIME_ZONE", "Europe/Atlantis"),
        ("SITE_TIME_ZONE", "../../etc/passwd"),
        ("MODERATORS_FROM", "25:00"),
        ("MODERATORS_UNTIL", "late"),
        ("MODERATORS_UNTIL", "08:00"),
        ("LOG_LEVEL", "LOUD"),
        ("HELP_LINES", "/nowhere/at/all.toml"),
        ("DATABASE_URL", "nonsense"),
        ("ORIGIN", "https://forum.example.org/forum"),
        ("MAIL_URL", "mail.example.org"),
        ("MAIL_URL", "file:///mail"),  # in production
        ("MAIL_URL", "smtp://"),
        ("MAIL_URL", "smtp://mail.example.org:many"),
    ],
)
def test_a_wrong_setting_is_named(name, value):
    with pytest.raises(Misconfigured, match=name) as told:
        create_app(config.from_environment(ENOUGH | {name: value}), read_only_sockets=True)
    db.disconnect()
    sentence = str(told.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence


MAIL = {
    "MAIL_URL": "smtps://forum:let%20me%20in@mail.example.org",
    "MAIL_FROM": "Peer support <forum@example.org>",
    "ORIGIN": "https://forum.example.org",
}


def test_a_site_that_sends_mail_knows_its_own_address_and_whom_mail_is_from():
    assert config.from_environment(ENOUGH | MAIL).mail_url == MAIL["MAIL_URL"]
    for missing in ("MAIL_FROM", "ORIGIN"):
        with pytest.raises(Misconfigured, match=missing):
            config.from_environment(ENOUGH | MAIL | {missing: "", "SITE_MODE": "development"})


def test_cookies_travel_by_https_only_where_the_site_is_reached_by_it():
    assert config.from_environment(ENOUGH).cookies_need_https
    on_trial = config.from_environment(ENOUGH | {"ORIGIN": "http://127.0.0.1:8080"})
    assert on_trial.hosted and not on_trial.cookies_need_https


def test_a_test_site_may_move_its_clock_and_switch_limits_off():
    settings = config.from_environment(
        ENOUGH | {"SITE_MODE": "testing", "LIMITS": "no", "CLOCK_FILE": "/tmp/clock"}
    )
    assert settings.testing
    assert not settings.limits


def test_broker_sockets_and_limits_have_a_database_each():
    settings = config.from_environment(ENOUGH)
    assert len({settings.broker_url, settings.sockets_url, settings.limits_url}) == 3
