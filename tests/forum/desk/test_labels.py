"""What moderators do and say about a reading is kept as a label: with no word, no name, and no effect on the case."""

import pytest
from sqlalchemy import select

from forum.audit import AuditEntry
from forum.db import now, session, transactional
from forum.desk import labels, queries, service
from forum.desk.models import DecisionKind, Label, Said, Speaker
from forum.errors import NotFound
from forum.policy import STRANGER
from forum.texts import TextVersion
from moderation.screening import Level
from tests.forum.cast import Cast, new_key
from tests.forum.desk.conftest import Desk


def said() -> list[Label]:
    session.rollback()
    return list(session.scalars(select(Label).order_by(Label.id)))


def test_a_decision_is_a_label_with_what_the_machine_had_said(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    key = new_key()
    for _ in range(2):  # the same form sent twice
        service.decide(cast.maya, case.id, fence, DecisionKind.REACH_OUT, message="Hello.", form_key=key)
    [label] = said()
    assert (label.case_id, label.said, label.speaker) == (case.id, Said.REACH_OUT, Speaker.MODERATOR)
    assert (label.level, label.categories, label.screener) == (Level.RED, ["hopelessness"], "by its words")
    assert label.said_level is None


def test_what_a_moderator_raised_is_a_label_with_their_level(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    service.raise_level(cast.lea, case.id, desk.claimed(case, cast.lea), Level.CRISIS)
    [label] = said()
    assert (label.said, label.level, label.said_level) == (Said.RAISED, Level.AMBER, Level.CRISIS)
    assert label.speaker is Speaker.LEAD


def test_every_kind_of_decision_has_a_word_as_a_label():
    assert {kind.value for kind in DecisionKind} <= {word.value for word in Said}


def test_a_mark_changes_nothing_about_the_case_and_the_last_one_counts(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    assert (
        labels.mark(cast.noor, case.id, Said.FALSE_ALARM).id
        == labels.mark(cast.maya, case.id, Said.FALSE_ALARM).id
    )
    labels.mark(cast.maya, case.id, Said.RIGHT)
    assert [label.said for label in said()] == [Said.FALSE_ALARM, Said.RIGHT]
    assert queries.case(cast.maya, case.id).marked == "the machine was right to ask for a look"
    [after] = desk.cases()
    assert (after.level, after.state, after.fence, after.closed_at) == (case.level, case.state, 0, None)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.act == "mark").order_by(AuditEntry.id)
    ).all()
    assert [(entry.by_id, entry.thing_id, entry.detail) for entry in entries] == [
        (cast.noor.user_id, case.id, "false_alarm"),
        (cast.maya.user_id, case.id, "right"),
    ]


def test_a_mark_may_come_after_the_case_was_closed(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    service.decide(
        cast.maya, case.id, desk.claimed(case, cast.maya), DecisionKind.NOTHING_NEEDED, form_key=new_key()
    )
    labels.mark(cast.noor, case.id, Said.MISSED)
    assert [label.said for label in said()] == [Said.NOTHING_NEEDED, Said.MISSED]


def test_of_several_versions_the_label_is_about_the_most_worrying(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    desk.edited(desk.post_of(case), "all is well")
    label = labels.mark(cast.maya, case.id, Said.RIGHT)
    version = session.get_one(TextVersion, label.version_id)
    assert (version.number, label.level) == (1, Level.RED)


def test_nobody_but_its_moderators_marks_a_case(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    for actor in (cast.ana, cast.omar, cast.kim, STRANGER):
        with pytest.raises(NotFound):
            labels.mark(actor, case.id, Said.FALSE_ALARM)
    assert said() == []


def test_what_is_done_is_not_said_by_a_mark(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    with pytest.raises(ValueError, match="by what somebody does"):
        labels.mark(cast.maya, case.id, Said.HIDE)


def test_of_words_that_were_erased_nothing_more_is_said(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    _erase(case.text_id)
    assert not queries.case(cast.maya, case.id).can_mark
    with pytest.raises(NotFound):
        labels.mark(cast.maya, case.id, Said.FALSE_ALARM)


@transactional
def _erase(text_id: int) -> None:
    version = session.scalars(select(TextVersion).where(TextVersion.text_id == text_id)).one()
    version.body = version.html = ""
    version.erased_at = now()


def test_a_moderator_marks_a_false_alarm_on_the_page_of_the_case(desk: Desk, cast: Cast, browse):
    case, maya = desk.case_about("this is amber"), browse(cast.maya)
    assert "Was the machine right?" in maya.get(f"/desk/cases/{case.id}").text
    answer = maya.post(f"/desk/cases/{case.id}/marks", data={"said": "false_alarm"})
    assert answer.status_code == 303
    assert "Last said: a false alarm." in maya.get(f"/desk/cases/{case.id}").text
    assert maya.post(f"/desk/cases/{case.id}/marks", data={"said": "hide"}).status_code == 422
