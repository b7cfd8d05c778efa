"""A locked thread takes no new words, says why, and keeps nobody from help; open pages see it at once."""

import pytest
from sqlalchemy import select

from forum import outbox, policy
from forum.audit import AuditEntry
from forum.db import session
from forum.errors import Denied, NotFound
from forum.outbox import OutboxMessage
from forum.policy import STRANGER
from forum.threads import queries, service
from forum.threads.models import LockReason
from tests.forum.browsing import fields_of
from tests.forum.cast import Cast, new_key

CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."
WORDS = "I wrote this for an hour."


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread that Ana began."""
    return service.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id


def _lock(cast: Cast, talk: int) -> None:
    service.lock(cast.maya, talk, LockReason.HEATED)


def test_nobody_posts_in_a_locked_thread_and_everybody_may_edit_and_withdraw(cast, talk):
    post = service.reply(cast.ben, talk, "Tea.", new_key())
    _lock(cast, talk)
    for actor in (cast.ana, cast.ben, cast.maya, cast.omar):
        with pytest.raises(Denied, match="locked"):
            service.reply(actor, talk, "More", new_key())
    assert service.edit(cast.ben, post.id, "Tea, strong.", 1).edited_at
    service.withdraw(cast.ben, post.id)
    service.unlock(cast.maya, talk)
    assert service.reply(cast.ben, talk, "More", new_key()).position == 3


def test_a_lock_that_came_while_somebody_wrote_counts_too(cast, talk, monkeypatch):
    """The policy said yes a moment before: it is asked again where nothing can come in between."""
    require = policy.require

    def and_then_it_is_locked(*args, **kwargs):
        require(*args, **kwargs)
        monkeypatch.setattr(policy, "require", require)
        _lock(cast, talk)

    monkeypatch.setattr(policy, "require", and_then_it_is_locked)
    with pytest.raises(Denied, match="locked"):
        service.reply(cast.ben, talk, "More", new_key())
    assert queries.thread(cast.ben, talk).post_count == 1


def test_locking_is_recorded_once_and_told_to_open_pages(cast, talk):
    _lock(cast, talk)
    _lock(cast, talk)
    service.unlock(cast.noor, talk)
    acts = select(AuditEntry.by_id, AuditEntry.act, AuditEntry.detail).where(AuditEntry.thing == "thread")
    assert session.execute(acts.order_by(AuditEntry.id)).all() == [
        (cast.maya.user_id, "lock", "heated"),
        (cast.noor.user_id, "unlock", ""),
    ]
    told = select(OutboxMessage.topic).where(OutboxMessage.topic == "thread.changed")
    assert len(session.scalars(told).all()) == 2
    assert outbox.carry(lambda event: None) > 0


def test_only_moderators_and_leads_lock(cast, talk):
    for actor in (cast.ana, cast.omar, cast.kim):
        with pytest.raises(Denied, match="Only moderators"):
            service.lock(actor, talk, LockReason.SAID)
    private = service.start(cast.ana, cast.private_slug, "Six weeks", "Quiet.", new_key()).thread_id
    with pytest.raises(NotFound):
        service.lock(cast.olu, private, LockReason.SAID)
    service.lock(cast.lea, private, LockReason.SAID)


def test_the_page_says_so_and_why_and_has_no_composer(cast, talk, browse):
    moderator, member, visitor = browse(cast.maya), browse(cast.ben), browse(STRANGER)
    assert "Lock this thread" not in member.get(f"/threads/{talk}").text
    locked = moderator.post(f"/threads/{talk}/lock", data={"why": "heated"})
    assert locked.status_code == 303
    for browser in (member, visitor, moderator):
        page = browser.get(f"/threads/{talk}").text
        assert "This thread is locked" in page
        assert "a pause may help" in page
        assert f'action="/threads/{talk}/replies"' not in page
    assert moderator.post(f"/threads/{talk}/unlock").status_code == 303
    assert fields_of(member.get(f"/threads/{talk}"), f"/threads/{talk}/replies")


def test_an_open_page_that_missed_it_is_told_to_load_itself_again(cast, talk, browse):
    browser = browse(STRANGER)
    before = browser.get(f"/threads/{talk}/changes?since=0").json["revision"]
    _lock(cast, talk)
    missed = browser.get(f"/threads/{talk}/changes?since={before}").json
    assert (missed["reload"], missed["posts"]) == (True, [])
    assert browser.get(f"/threads/{talk}/changes?since={missed['revision']}").json["reload"] is False


def test_words_that_a_lock_stops_are_kept_and_words_of_danger_can_go_to_the_team(cast, talk, browse):
    _lock(cast, talk)
    browser = browse(cast.ben)
    for words in (WORDS, CRISIS):
        page = browser.post(f"/threads/{talk}/replies", data={"body": words, "form_key": new_key()})
        assert page.status_code == 403
        assert words in page.text
        assert ("Give these words to the team" in page.text) is (words == CRISIS)
    to_team = fields_of(page, f"/communities/{cast.slug}/team")
    given = browser.post(f"/communities/{cast.slug}/team", data=to_team)
    assert CRISIS in browser.get(given.headers["Location"]).text
