"""What is said in my conversations is noticed once, for me alone, and as quietly as I want."""

import pytest
from sqlalchemy import select

from forum import outbox
from forum.accounts.models import User
from forum.db import session, transactional
from forum.desk import service as desk
from forum.desk.models import Case, DecisionKind
from forum.errors import LogInFirst, NotFound
from forum.events import CaseChanged, Event, NoticesChanged, PostPublished
from forum.mine import queries, service
from forum.mine.models import Notice, NoticeKind
from forum.policy import STRANGER, Actor
from forum.spaces import service as spaces
from forum.texts import Screening, drafted
from forum.threads import service as threads
from tests.forum.cast import Cast, new_key
from tests.parts.statements import statements

WORRYING = "I feel so hopeless these days and I cannot see it getting better."


class News:
    """What the relay does with what is said."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.published: list[PostPublished] = []

    def carry(self) -> list[int]:
        """Everything is noticed; who was told of it since the last time."""
        self.told = []
        while outbox.carry(self._deliver):
            pass
        return self.told

    def _deliver(self, event: Event) -> None:
        if isinstance(event, PostPublished):
            self.published.append(event)
            service.notice_post(event.post_id)
        elif isinstance(event, CaseChanged) and event.change == "closed":
            service.notice_decision(event.case_id)
        elif isinstance(event, NoticesChanged):
            self.told.append(event.user_id)


@pytest.fixture
def news(cast: Cast) -> News:
    return News()


@pytest.fixture
def talk(cast: Cast, news: News) -> int:
    """A conversation that Ana began and Ben answered in; everybody knows all of it."""
    thread_id = threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id
    threads.reply(cast.ben, thread_id, "Tea.", new_key())
    news.carry()
    service.see(cast.ana, thread_id)
    return thread_id


def _new(actor: Actor) -> list[tuple[str, int]]:
    session.rollback()
    return [(row.title_html, row.new) for row in queries.conversations(actor) if row.new]


def _counted(actor: Actor) -> int:
    session.rollback()
    return session.scalars(select(User.new_notices).where(User.id == actor.user_id)).one()


def test_a_reply_is_noticed_by_everybody_who_takes_part_and_by_nobody_else(cast, news, talk):
    threads.reply(cast.omar, talk, "Porridge.", new_key())
    assert sorted(news.carry()) == sorted([cast.ana.user_id, cast.ben.user_id])
    assert _new(cast.ana) == _new(cast.ben) == [("Mornings", 1)]
    for actor in (cast.omar, cast.maya, cast.olu, cast.lea):
        assert _new(actor) == []
        assert _counted(actor) == 0


def test_a_conversation_is_one_row_and_is_told_of_once_however_much_is_said(cast, news, talk):
    first = threads.reply(cast.omar, talk, "One.", new_key())
    assert cast.ana.user_id in news.carry()
    for number in range(3):
        threads.reply(cast.omar, talk, f"Number {number}.", new_key())
    assert news.carry() == []
    (row,) = queries.conversations(cast.ana)
    assert (row.new, row.first_at) == (4, first.published_at)
    assert _counted(cast.ana) == 1


def test_who_answers_knows_the_conversation_up_to_there(cast, news, talk):
    threads.reply(cast.omar, talk, "Porridge.", new_key())
    threads.reply(cast.ana, talk, "With salt?", new_key())
    news.carry()
    assert _new(cast.ana) == []
    assert _counted(cast.ana) == 0
    threads.reply(cast.omar, talk, "With honey.", new_key())
    assert cast.ana.user_id in news.carry()
    assert _new(cast.ana) == [("Mornings", 1)]


def test_twice_is_as_once(cast, news, talk):
    threads.reply(cast.omar, talk, "Porridge.", new_key())
    news.carry()
    before = _rows()
    for event in news.published:
        service.notice_post(event.post_id)
    assert _rows() == before
    assert news.carry() == []
    service.see(cast.ana, talk)
    for event in news.published:
        service.notice_post(event.post_id)
    assert _new(cast.ana) == []
    service.notice_post(999_999)


def test_what_was_seen_before_it_was_counted_stays_seen(cast, news, talk):
    threads.reply(cast.omar, talk, "Porridge.", new_key())
    service.see(cast.ana, talk)
    news.carry()
    assert _new(cast.ana) == []
    assert _counted(cast.ana) == 0


def test_what_one_may_not_read_any_more_is_neither_shown_nor_counted(cast, news):
    thread_id = threads.start(cast.ana, cast.private_slug, "Six weeks", "It is quiet.", new_key()).thread_id
    other = threads.start(cast.ana, cast.slug, "Mornings", "Kettle.", new_key()).thread_id
    news.carry()
    threads.reply(cast.ben, thread_id, "I know.", new_key())
    threads.reply(cast.ben, other, "Tea.", new_key())
    news.carry()
    assert _counted(cast.ana) == 2
    spaces.leave(cast.ana, cast.private_slug)
    service.notice_lost_rights(cast.private_id)
    assert _counted(cast.ana) == 1
    outside = Actor(cast.ana.user_id, "Ana", memberships={cast.space_id: cast.ana.memberships[cast.space_id]})
    assert _new(outside) == [("Mornings", 1)]
    threads.reply(cast.ben, thread_id, "Are you there?", new_key())
    assert cast.ana.user_id not in news.carry()
    assert _counted(cast.ana) == 1
    with pytest.raises(NotFound):
        service.see(outside, thread_id)
    with pytest.raises(NotFound):
        service.mute(outside, thread_id, muted=True)


def test_words_that_were_taken_back_or_hidden_are_in_no_notice(cast, news, talk):
    opening = threads.start(cast.ben, cast.slug, "A title to regret", "Too much.", new_key())
    threads.reply(cast.ana, opening.thread_id, "I read it.", new_key())
    threads.reply(cast.ben, opening.thread_id, "Thank you.", new_key())
    news.carry()
    threads.withdraw(cast.ben, opening.id)
    assert [title for title, _ in _new(cast.ana)] == ["Withdrawn by its author"]


def test_no_more_notices_from_one_conversation(cast, news, talk):
    service.mute(cast.ana, talk, muted=True)
    threads.reply(cast.omar, talk, "Porridge.", new_key())
    assert news.carry() == [cast.ben.user_id]
    assert _counted(cast.ana) == 0
    (row,) = queries.conversations(cast.ana)
    assert row.muted
    service.mute(cast.ana, talk, muted=False)
    assert _counted(cast.ana) == 1, "what was said meanwhile was counted"


def test_in_quiet_rows_gather_and_nobody_is_told(cast, news, talk, browse):
    service.be_quiet(cast.ana, quiet=True)
    threads.reply(cast.omar, talk, "Porridge.", new_key())
    assert news.carry() == [cast.ben.user_id]
    page = browse(cast.ana).get("/notices").text
    assert "1 new post" in page
    assert "Notices, 1 new" not in page
    service.be_quiet(cast.ana, quiet=False)
    assert "Notices, 1 new" in browse(cast.ana).get("/notices").text


def test_the_team_is_never_silenced(cast, news, browse):
    service.be_quiet(cast.ana, quiet=True)
    thread_id = _letter(cast)
    news.carry()
    service.mute(cast.ana, thread_id, muted=True)
    (row,) = session.scalars(select(Notice).where(Notice.thread_id == thread_id))
    assert (row.user_id, row.kind, row.counted_to, row.seen_to, row.muted) == (
        cast.ana.user_id, NoticeKind.TEAM, 1, 0, False,
    )  # fmt: skip
    page = browse(cast.ana).get("/").text
    assert "The team wrote to you" in page
    service.see_what_the_team_wrote(cast.ana)
    session.rollback()
    assert session.scalars(select(Notice.seen_to).where(Notice.thread_id == thread_id)).one() == 1
    threads.reply(cast.ana, thread_id, "Thank you.", new_key())
    news.carry()
    everybody = session.scalars(select(Notice.user_id).where(Notice.thread_id == thread_id)).all()
    assert everybody == [cast.ana.user_id], "the desk tells the team"


def test_a_decision_about_my_words_is_noticed_once_with_its_reason(cast, news, browse):
    post = threads.start(cast.ana, cast.slug, "Nights", WORRYING, new_key())
    for reading in session.scalars(select(Screening.id)).all():
        desk.screen(reading)
    case_id = session.scalars(select(Case.id).where(Case.text_id == post.text_id)).one()
    desk.claim(cast.maya, case_id)
    rule, reason = cast.rule_ids[0], "Please find other words."
    desk.decide(cast.maya, case_id, 1, DecisionKind.HIDE, rule_id=rule, reason=reason, form_key=new_key())
    news.carry()
    service.notice_decision(case_id)
    session.rollback()
    (row,) = session.scalars(select(Notice).where(Notice.kind == NoticeKind.DECISION))
    assert (row.user_id, row.counted_to - row.seen_to) == (cast.ana.user_id, 1)
    page = browse(cast.ana).get("/notices").text
    assert reason in page
    assert reason not in browse(cast.ben).get("/notices").text


def test_care_is_no_decision_to_be_told(cast, news):
    post = threads.start(cast.ana, cast.slug, "Nights", WORRYING, new_key())
    for reading in session.scalars(select(Screening.id)).all():
        desk.screen(reading)
    case_id = session.scalars(select(Case.id).where(Case.text_id == post.text_id)).one()
    desk.claim(cast.maya, case_id)
    desk.decide(cast.maya, case_id, 1, DecisionKind.NOTHING_NEEDED, form_key=new_key())
    news.carry()
    session.rollback()
    assert session.scalars(select(Notice).where(Notice.kind == NoticeKind.DECISION)).all() == []


def test_noticing_a_post_costs_the_same_statements_however_many_take_part(cast, news, talk):
    few = _cost_of_a_reply(cast, news, talk)
    for actor in (cast.omar, cast.maya, cast.noor):
        threads.reply(actor, talk, "Here too.", new_key())
    news.carry()
    for actor in (cast.ana, cast.omar, cast.maya, cast.noor):
        service.see(actor, talk)
    assert _cost_of_a_reply(cast, news, talk) == few


def test_a_stranger_has_no_notices(cast, visitor, talk):
    assert visitor.get("/notices").location == "/log-in?next=/notices"
    assert visitor.get("/from-the-team").location == "/log-in?next=/from-the-team"
    for path in ("/notices/seen", f"/notices/threads/{talk}/seen", "/notices/quiet", "/from-the-team/seen"):
        assert visitor.post(path).status_code == 401
    assert "conversation" not in visitor.get(f"/threads/{talk}").text.split("<main")[1].split("</main")[0]
    with pytest.raises(LogInFirst):
        service.see_all(STRANGER)


def test_the_page_its_forms_and_the_way_on(cast, news, talk, browse):
    for number in range(2):
        threads.reply(cast.omar, talk, f"Porridge {number}.", new_key())
    news.carry()
    ana, notices = browse(cast.ana), f"/notices/threads/{talk}"
    page = ana.get("/notices").text
    assert "Notices, 1 new" in page
    assert "2 new posts" in page
    assert "Porridge" not in page, "words stand where they were said"
    assert f'value="/threads/{talk}?after=2"' in page
    thread_page = ana.get(f"/threads/{talk}").text
    assert "No more notices from this conversation" in thread_page
    assert "data-new" in thread_page
    assert (
        ana.post(f"{notices}/seen", data={"next": f"/threads/{talk}?after=2"}).location
        == f"/threads/{talk}?after=2"
    )
    assert "new post" not in ana.get("/notices").text
    assert ana.post(f"{notices}/seen", data={"next": "https://elsewhere.example"}).location == "/notices"
    threads.reply(cast.omar, talk, "And honey.", new_key())
    news.carry()
    assert ana.get("/notices/words").json == {"words": "Notices, 1 new"}
    answer = ana.post(f"{notices}/seen", headers={"Accept": "application/json"})
    assert answer.json == {"words": "Notices"}
    assert (
        ana.post(f"{notices}/mute", data={"muted": "yes", "next": f"/threads/{talk}"}).location
        == f"/threads/{talk}"
    )
    assert "Notices from this conversation again" in ana.get(f"/threads/{talk}").text
    assert "No more notices from this" not in browse(cast.omar).get("/notices").text
    assert ana.get("/from-the-team").location == "/notices#from-the-team"


def test_all_is_seen_with_one_press(cast, news, talk, browse):
    threads.reply(cast.omar, talk, "Porridge.", new_key())
    news.carry()
    assert browse(cast.ana).post("/notices/seen").location == "/notices"
    assert _new(cast.ana) == []
    assert _counted(cast.ana) == 0
    assert _counted(cast.ben) == 1


def _rows() -> list[tuple[object, ...]]:
    session.rollback()
    return [(row.user_id, row.thread_id, row.counted_to, row.seen_to, row.first_at, row.latest_at)
            for row in session.scalars(select(Notice).order_by(Notice.id))]  # fmt: skip


def _letter(cast: Cast) -> int:
    assert cast.ana.user_id is not None
    assert cast.maya.user_id is not None
    write = transactional(threads.begin_reach_out)
    title, words = "From the team", drafted("How are you today?")
    return write(cast.maya.user_id, cast.space_id, cast.ana.user_id, title, words, new_key()).thread_id


def _cost_of_a_reply(cast: Cast, news: News, thread_id: int) -> int:
    """Statements for a reply by Ben, but for one a person who is told."""
    post = threads.reply(cast.ben, thread_id, "Again.", new_key())
    session.rollback()
    with statements() as said:
        service.notice_post(post.id)
    return sum("INSERT INTO outbox" not in statement for statement in said)
