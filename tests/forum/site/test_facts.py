"""What the site says of itself: changed by a lead alone, kept version by version, seen everywhere, never waited for."""

import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from forum import db
from forum.audit import AuditEntry
from forum.db import session
from forum.errors import Conflict, Invalid, NotFound
from forum.policy import STRANGER
from forum.site import queries, service
from forum.site.models import SignUps, SiteVersion
from forum.site.queries import facts, facts_as_saved
from tests.parts.processes import wait_for


@pytest.fixture(autouse=True)
def _site(app) -> None:
    """These need an application: it says what a new site begins with."""


def test_a_new_site_begins_with_what_the_environment_says(database):
    assert facts() == facts_as_saved()
    assert (facts().name, facts().country, facts().number) == ("Peer support", "GB", 0)
    assert (facts().minimum_age, facts().sign_ups) == (18, SignUps.OPEN)


def test_a_lead_changes_facts_and_it_is_kept_and_audited_by_their_names_alone(cast):
    new = replace(
        facts(), name="  Hearth\n house ", hours_from="20:00", hours_until="02:00", contact="hearth@x.example"
    )
    assert service.change(cast.lea, new) == ["name", "hours", "contact"]
    assert facts() == facts_as_saved()
    assert (facts().name, facts().hours_from, facts().number) == ("Hearth house", "20:00", 1)
    (version,) = session.scalars(select(SiteVersion)).all()
    assert version.by_id == cast.lea.user_id
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.act == "change_site")).all()
    assert (entry.by_id, entry.thing, entry.thing_id) == (cast.lea.user_id, "site", version.id)
    assert entry.detail == "name hours contact"


def test_every_save_is_one_more_version_and_the_older_ones_stay_as_they_were(cast):
    for name in ("One", "Two", "Three"):
        service.change(cast.lea, replace(facts_as_saved(), name=name))
    assert [version.name for version in queries.versions(10)] == ["Three", "Two", "One"]
    assert [version.number for version in queries.versions(2)] == [3, 2]


def test_saving_what_is_so_already_is_no_change(cast):
    assert service.change(cast.lea, facts_as_saved()) == []
    assert queries.versions(1) == []


def test_nobody_but_a_lead_changes_anything_or_learns_that_one_could(cast):
    for actor in (cast.ana, cast.maya, cast.omar, cast.kim, STRANGER):
        with pytest.raises(NotFound):
            service.change(actor, replace(facts(), name="Mine"))
    assert queries.versions(1) == []


def test_another_age_needs_a_reason_which_stays_with_it(cast):
    with pytest.raises(Invalid, match="say why") as refusal:
        service.change(cast.lea, replace(facts(), minimum_age=16))
    assert refusal.value.field == "age_reason"
    why = "A service for young people, agreed with the safeguarding board."
    assert service.change(cast.lea, replace(facts(), minimum_age=16, age_reason=why)) == ["minimum_age"]
    service.change(cast.lea, replace(facts_as_saved(), name="Hearth", age_reason="typed by accident"))
    assert [version.age_reason for version in queries.versions(5)] == [why, why]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"country": "ZZ"}, "country"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"hours_from": "8"}, "hours_from"),
        ({"hours_from": "24:00"}, "hours_from"),
        ({"hours_from": "٠٨:٠٠"}, "hours_from"),
        ({"hours_until": "25:00"}, "hours_until"),
        ({"hours_from": "09:00", "hours_until": "09:00"}, "hours_from"),
        ({"languages": ""}, "languages"),
        ({"minimum_age": 9, "age_reason": "why not"}, "minimum_age"),
        ({"contact": "x" * 201}, "contact"),
    ],
)
def test_what_cannot_be_is_refused_where_it_was_typed(cast, wrong, field):
    with pytest.raises(Invalid) as refusal:
        service.change(cast.lea, replace(facts(), **wrong))
    assert refusal.value.field == field
    assert queries.versions(1) == []


def test_two_leads_who_save_over_each_other_are_told(cast):
    before = facts_as_saved()
    service.change(cast.lea, replace(before, name="First"))
    with pytest.raises(Conflict):
        service.change(cast.lea, replace(before, contact="second@x.example"))
    assert facts_as_saved().contact == ""


def test_a_change_made_by_another_process_is_seen_within_two_seconds(cast):
    before = facts()
    _as_another_process_would(cast)
    began = time.monotonic()
    wait_for(lambda: facts().name == "From next door", timeout=2.0)
    assert time.monotonic() - began < 2.0
    assert before.name == "Peer support"


def test_however_often_they_are_asked_for_facts_are_read_once_in_a_while(cast):
    facts()
    readings: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *said: readings.append(said[2]))
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        facts()
    assert len([one for one in readings if one.startswith("SELECT")]) <= 1


def test_while_the_database_hangs_the_last_that_were_known_are_used_and_nobody_waits(cast):
    service.change(cast.lea, replace(facts_as_saved(), name="Hearth"))
    assert facts().name == "Hearth"
    queries.forget()
    go_on = threading.Event()

    def hangs(*_: object) -> None:
        go_on.wait(20)

    event.listen(db.engine(), "before_cursor_execute", hangs)
    try:
        began = time.monotonic()
        assert [facts().name for _ in range(20)] == ["Hearth"] * 20
        assert time.monotonic() - began < 2.0
    finally:
        go_on.set()
    assert facts() == facts_as_saved()


def test_another_database_has_its_own_facts(cast):
    service.change(cast.lea, replace(facts_as_saved(), name="Hearth"))
    assert facts().name == "Hearth"
    db.connect(str(db.engine().url.render_as_string(hide_password=False)))
    assert facts().name == "Hearth"
    db.connect("sqlite:////nowhere/at/all.db")
    assert facts().name == "Peer support"


def _as_another_process_would(cast) -> None:
    """Saved without this process being told."""
    told, queries.forget = queries.forget, lambda: None
    try:
        service.change(cast.lea, replace(facts_as_saved(), name="From next door"))
    finally:
        queries.forget = told
