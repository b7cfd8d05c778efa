"""The files that host the site: every process of the table, no secret, nothing open that need not be."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from forum import config, db
from forum.care import away, help_lines
from forum.config import Settings
from forum.home.queries import SAYS, TROUBLE
from tests.parts.databases import environment
from worker.supervisor import children, services

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
FILE: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, Any] = FILE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "forum"}
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
SETTINGS = {f.name.upper() for f in fields(Settings)}
ONLY_COMPOSE_KNOWS = {"OWNER_PASSWORD", "SITE_PASSWORD", "BROKER_PASSWORD"}
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
CADDY = (ROOT / "deploy" / "Caddyfile").read_text()


def _processes() -> list[str]:
    """What the services of our image become, migrating aside."""
    commands = [service["command"] for name, service in OURS.items() if name != "migrate"]
    assert all(command.startswith("python -m worker.supervisor ") for command in commands)
    return [command.split()[-1] for command in commands]


def test_every_process_of_the_table_is_a_service_and_there_are_two_that_serve_pages():
    table = services(8000, "gevent", "0.0.0.0")
    assert set(_processes()) == set(table)
    assert _processes().count("web") >= 2
    assert set(table) == {child.name for child in children(8000)} | {"beat"}


def test_a_hosted_process_is_the_one_of_make_run_but_for_where_it_listens_and_its_clock():
    alone = {child.name: " ".join(child.command) for child in children(8000, "gevent")}
    apart = {name: " ".join(child.command) for name, child in services(8000, "gevent", "0.0.0.0").items()}
    assert apart["web"] == alone["web"].replace("127.0.0.1", "0.0.0.0")
    assert apart["relay"] == alone["relay"] and apart["screening"] == alone["screening"]
    assert alone["maintenance"].startswith(apart["maintenance"])
    assert "--beat" in alone["maintenance"] and "beat" not in apart["maintenance"]
    assert "--graceful-timeout" in apart["web"], "sockets never drain"


def test_the_database_is_migrated_by_its_owner_and_used_by_a_role_that_owns_nothing():
    assert OURS["migrate"]["command"] == "flask --app forum migrate --grant-to forum_site"
    for name, service in OURS.items():
        role = "forum_owner" if name == "migrate" else "forum_site"
        assert service["environment"]["DATABASE_URL"].startswith(f"postgresql+psycopg://{role}:")
        assert service["environment"]["OWNER_PASSWORD"] == "", "the owner's password is not the site's"


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert FILE["networks"]["inside"] == {"internal": True}
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"proxy", "maintenance"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_again_and_gains_no_rights(name):
    service = SERVICES[name]
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert "no-new-privileges:true" in service["security_opt"]
    if name not in ("database", "broker"):
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["logging"]["options"]["max-size"], "a log that grows for ever fills the disk"


def test_a_web_process_is_only_asked_whether_it_is_alive():
    """So that posting outlives the broker, and help the database."""
    assert [name for name in OURS if "healthcheck" in OURS[name]] == ["web-1", "web-2"]
    assert "/healthz" in str(OURS["web-1"]["healthcheck"]["test"]) and "/readyz" not in COMPOSE
    for service in OURS.values():
        assert set(service["depends_on"]) <= {"migrate", "database"}
    assert re.findall(r"health_uri (\S+)", CADDY) == ["/healthz"]


def test_no_secret_has_a_default():
    named = set(re.findall(r"\$\{(\w+)", COMPOSE))
    asked_for = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
    assert named == asked_for == set(EXAMPLE), "compose itself says what is missing"
    assert ":-" not in COMPOSE
    assert set(EXAMPLE.values()) == {""}, "nothing in the example works as it stands"


def test_every_variable_is_a_setting():
    known = SETTINGS | ONLY_COMPOSE_KNOWS
    assert set(EXAMPLE) <= known
    for name, service in OURS.items():
        assert set(service["environment"]) <= known, name


def test_what_compose_sets_is_accepted_at_start():
    words = dict.fromkeys(EXAMPLE, "0123456789abcdef" * 4) | {"ORIGIN": "https://forum.example.org"}
    for service in OURS.values():
        given = {
            name: re.sub(r"\$\{(\w+)[^}]*\}", lambda m: words[m[1]], value)
            for name, value in service["environment"].items()
        }
        settings = config.from_environment(given)
        assert settings.hosted and settings.async_mode == "gevent" and settings.trusted_proxies == 1


def test_the_proxy_hides_what_is_for_operators_compresses_and_keeps_no_log_of_people():
    assert re.search(r"@operators path /readyz /metrics\n\s*respond @operators 404", CADDY)
    assert "encode gzip" in CADDY
    assert re.search(r"request delete", CADDY)
    assert "trusted_proxies" not in CADDY, "what a visitor says about where they come from is not believed"
    webs = re.search(r"\{\$WEB:(.*)\}", CADDY)
    assert webs and webs[1].split() == [f"{name}:8000" for name in OURS if name.startswith("web")]


def test_when_no_process_answers_the_proxy_says_so_with_the_help_lines_of_the_site():
    page, made = (ROOT / "deploy" / "away.html").read_text(), away.page()
    assert page == made, "the help lines have changed: `make away` writes the page anew"
    for line in help_lines.every_line():
        for way in filter(None, (line.call, line.text, line.chat_url)):
            assert f"{way}</" in page or f'href="{way}"' in page, (line.id, way)
    assert not re.search(r"<(script|img|link|iframe|form)\b|style=|@import|url\(", page), "it stands alone"
    handled = CADDY.partition("handle_errors {")[2].partition("reverse_proxy")[0]
    assert "{err.status_code} in [502, 503, 504]" in handled and "rewrite * /away.html" in handled
    assert f"default-src 'none'; style-src {away.style_source(page)};" in handled
    assert "./deploy/away.html:/etc/caddy/away.html:ro" in SERVICES["proxy"]["volumes"]


def test_the_image_holds_what_the_site_needs_and_runs_as_nobody_in_particular():
    made = (ROOT / "Dockerfile").read_text()
    for folder in ("forum", "moderation", "worker", "templates", "static"):
        assert f"COPY {folder} {folder}" in made
        assert f"!{folder}" in (ROOT / ".dockerignore").read_text().split()
    assert "--require-hashes" in made and "npm ci" in made
    assert made.rindex("USER forum") > made.rindex("COPY")


def test_the_page_of_settings_is_the_one_that_the_code_makes():
    page = (ROOT / "docs" / "settings.md").read_text()
    assert page == config.as_page(), "forum/config.py has changed: `make settings` writes the page anew"


def test_every_command_and_service_named_in_the_operations_is_there():
    from forum import create_app

    settings = config.from_environment(environment("sqlite://"))
    commands = set(create_app(settings, read_only_sockets=True).cli.commands)
    db.disconnect()
    named = set(re.findall(r"flask --app forum (\w+)", OPERATIONS))
    assert named <= commands
    assert {"lead", "community", "backup", "restore", "migrate"} <= named
    for words in re.findall(r"docker compose ([^`\n&]+)", OPERATIONS):
        for word in words.split():
            if word.startswith(("web-", "migr", "relay", "screen", "beat", "maint", "data", "brok")):
                assert word in SERVICES, word
    assert set(re.findall(r"`python -m worker.supervisor (\w+)", OPERATIONS)) <= set(_processes())


def test_every_service_and_every_trouble_is_explained_to_operators():
    for name in SERVICES:
        assert f"`{name}`" in OPERATIONS, name
    for trouble, limit in TROUBLE.items():
        assert f"| `{trouble}` over {limit} |" in OPERATIONS
    for name in SAYS:
        assert f"`{name}`" in OPERATIONS, name
