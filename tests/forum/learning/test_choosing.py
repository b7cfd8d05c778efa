"""A lead says from when the model counts and what people here say; nobody can say that a crisis is none."""

import pytest
from sqlalchemy import select

from forum import screeners
from forum.audit import AuditEntry
from forum.db import session
from forum.errors import Conflict, Invalid, NotFound
from forum.learning import queries, service
from forum.learning.wording import EXAMPLE_OF_OWN_WORDS
from forum.policy import STRANGER
from forum.screeners import Choices, ScreenerVersion, choices_as_saved
from moderation.screening import Level, Screener, lost_crises
from moderation.screening.lexicon import lexicon


def now_reading() -> Screener:
    screeners.get_ready(10)
    return screeners.live()


def test_a_lead_chooses_and_it_is_used_kept_and_audited_by_names_alone(cast):
    assert service.choose(cast.lea, Choices(0.2, None, EXAMPLE_OF_OWN_WORDS)) == ["amber", "own_words"]
    assert now_reading().cuts.amber == 0.2
    assert now_reading().transparent("I'm going up the tower").level is Level.RED
    (version,) = session.scalars(select(ScreenerVersion)).all()
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.act == "choose_screener")).all()
    assert (entry.by_id, entry.thing, entry.thing_id) == (cast.lea.user_id, "screener", version.id)
    assert entry.detail == "amber own_words"


def test_every_save_is_one_more_version_and_what_came_with_the_software_can_come_back(cast):
    service.choose(cast.lea, Choices(amber=0.2))
    service.choose(cast.lea, Choices(amber=0.2, red=0.6, number=1))
    service.choose(cast.lea, Choices(number=2))
    assert [save.changed for save in queries.saves(cast.lea, 5)] == [["amber", "red"], ["red"], ["amber"]]
    assert [save.changed for save in queries.saves(cast.lea, 1)] == [["amber", "red"]]
    assert queries.saves(cast.lea, 5)[0].by_name == "Lea"
    assert now_reading().cuts == Screener().cuts


def test_saving_what_is_so_already_is_no_change(cast):
    assert service.choose(cast.lea, Choices(own_words=" \n")) == []
    assert queries.saves(cast.lea, 5) == []


def test_nobody_but_a_lead_chooses_or_learns_that_one_could(cast):
    for actor in (cast.ana, cast.maya, cast.omar, cast.kim, STRANGER):
        with pytest.raises(NotFound):
            service.choose(actor, Choices(amber=0.2))
        with pytest.raises(NotFound):
            queries.saves(actor, 5)
    assert choices_as_saved() == Choices()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Choices(amber=0.0), "amber"),
        (Choices(red=0.96), "red"),
        (Choices(amber=0.5, red=0.4), "red"),
        (Choices(own_words="[slang"), "own_words"),
        (Choices(own_words='[slang]\ndie = "laugh"'), "own_words"),
        (Choices(own_words="#" * 20_001), "own_words"),
    ],
)
def test_what_cannot_be_is_refused_where_it_was_typed(cast, wrong, field):
    with pytest.raises(Invalid) as refusal:
        service.choose(cast.lea, wrong)
    assert refusal.value.field == field
    assert choices_as_saved() == Choices()


def test_two_leads_who_save_over_each_other_are_told(cast):
    service.choose(cast.lea, Choices(amber=0.2))
    with pytest.raises(Conflict):
        service.choose(cast.lea, Choices(amber=0.3, number=0))
    assert choices_as_saved().amber == 0.2


def test_words_that_would_hide_a_crisis_are_refused(cast, monkeypatch):
    monkeypatch.setattr(service, "lost_crises", lambda screener: ["took-them"])
    with pytest.raises(Invalid, match="took-them") as refusal:
        service.choose(cast.lea, Choices(own_words=EXAMPLE_OF_OWN_WORDS))
    assert refusal.value.field == "own_words"


def test_what_is_shipped_and_what_a_site_adds_lose_no_crisis():
    assert len([entry for entry in lexicon().entries if entry.level is Level.CRISIS]) > 10
    assert lost_crises(Screener()) == []
    assert lost_crises(Screener.of(EXAMPLE_OF_OWN_WORDS)) == []
