"""Who may do what: a row for every permission, asked for everybody, about everything; lists agree with it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum import policy
from forum.db import session, transactional
from forum.desk.models import Case
from forum.desk.queries import found
from forum.errors import Denied, LogInFirst, NotFound
from forum.policy import STRANGER, Permission
from forum.spaces.models import Space
from forum.texts import drafted
from forum.threads import service as threads
from forum.threads.models import Post, Thread
from tests.forum.cast import Cast, new_key

EVERYBODY = "ana ben maya noor omar olu lea kim visitor"
KNOWN = EVERYBODY.replace(" visitor", "")
TEAM = "maya noor lea"
MEMBERS = "ana ben maya noor omar"

# For each permission: the thing it is asked about, and who may. Ana wrote every post; the reach-out is with Ana.
# `other` is the community that Kim moderates, `private` the one that only its members can read.
ALLOWED: dict[Permission, dict[str, str]] = {
    Permission.SEE_SPACE: {"open": EVERYBODY, "private": EVERYBODY, "other": EVERYBODY},
    Permission.READ_SPACE: {"open": EVERYBODY, "private": f"{MEMBERS} lea", "other": EVERYBODY},
    Permission.JOIN_SPACE: {"open": "olu lea kim", "private": "olu lea kim", "other": f"{MEMBERS} olu lea"},
    Permission.LEAVE_SPACE: {"open": MEMBERS, "private": MEMBERS, "other": "kim"},
    Permission.READ_THREAD: {
        "open thread": EVERYBODY,
        "private thread": f"{MEMBERS} lea",
        "reach-out": f"ana {TEAM}",
    },
    Permission.START_THREAD: {"open": MEMBERS, "private": MEMBERS, "other": "kim"},
    Permission.REPLY: {"open thread": MEMBERS, "private thread": MEMBERS, "reach-out": f"ana {TEAM}"},
    Permission.SEE_OWN_POST: {"post": "ana", "withdrawn post": "ana", "hidden post": "ana"},
    Permission.EDIT_POST: {"post": "ana", "withdrawn post": "", "hidden post": ""},
    Permission.WITHDRAW_POST: {"post": "ana", "withdrawn post": "", "hidden post": "ana"},
    Permission.WRITE_TO_TEAM: {"open": KNOWN, "private": KNOWN, "other": KNOWN},
    Permission.SEE_DESK: {"nothing": f"{TEAM} kim"},
    Permission.WORK_CASE: {"case": TEAM},
}


@pytest.fixture
def things(cast: Cast) -> dict[str, object]:
    """One thing of every sort, with what the rules need loaded."""
    talk = threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key())
    private = threads.start(cast.ana, cast.private_slug, "Six weeks", "It is quiet here.", new_key())
    withdrawn = threads.reply(cast.ana, talk.thread_id, "Not this.", new_key())
    threads.withdraw(cast.ana, withdrawn.id)
    hidden = threads.reply(cast.ana, talk.thread_id, "Too much.", new_key())
    transactional(threads.hide)(hidden.id, "A rule")
    opening = _with_the_team(cast)
    spaces = {space.slug: space for space in session.scalars(select(Space))}
    loaded = {
        thread.id: thread for thread in session.scalars(select(Thread).options(joinedload(Thread.space)))
    }
    posts = {post.id: post for post in session.scalars(select(Post))}
    return {
        "nothing": None,
        "open": spaces[cast.slug],
        "private": spaces[cast.private_slug],
        "other": spaces[cast.other_slug],
        "open thread": loaded[talk.thread_id],
        "private thread": loaded[private.thread_id],
        "reach-out": loaded[opening],
        "post": posts[talk.id],
        "withdrawn post": posts[withdrawn.id],
        "hidden post": posts[hidden.id],
        "case": Case(space_id=cast.space_id),
    }


@transactional
def _with_the_team(cast: Cast) -> int:
    assert cast.ana.user_id is not None
    assert cast.maya.user_id is not None
    draft = drafted("How are you today?")
    post = threads.begin_reach_out(
        cast.maya.user_id, cast.space_id, cast.ana.user_id, "From the team", draft, new_key()
    )
    return post.thread_id


def test_every_permission_is_decided_here():
    assert list(ALLOWED) == list(Permission) == list(policy.RULES)


def test_everybody_may_do_what_the_table_says_and_nothing_else(cast, things):
    decided = {
        (permission, thing): {
            name for name, actor in _everybody(cast) if policy.allows(actor, permission, things[thing])
        }
        for permission, rows in ALLOWED.items()
        for thing in rows
    }
    expected = {
        (permission, thing): set(names.split())
        for permission, rows in ALLOWED.items()
        for thing, names in rows.items()
    }
    assert decided == expected


def test_a_list_of_spaces_holds_what_may_be_seen_and_read_one_by_one(cast, things):
    spaces = list(session.scalars(select(Space)))
    for name, actor in _everybody(cast):
        for permission, listed in (
            (Permission.SEE_SPACE, policy.visible_spaces),
            (Permission.READ_SPACE, policy.readable_spaces),
        ):
            singly = {space.slug for space in spaces if policy.allows(actor, permission, space)}
            assert set(session.scalars(select(Space.slug).where(listed(actor)))) == singly, name


def test_a_list_of_threads_holds_what_may_be_read_one_by_one(cast, things):
    loaded = list(session.scalars(select(Thread).options(joinedload(Thread.space))))
    for name, actor in _everybody(cast):
        singly = {thread.id for thread in loaded if policy.allows(actor, Permission.READ_THREAD, thread)}
        listed = select(Thread.id).join(Space, Space.id == Thread.space_id)
        assert set(session.scalars(listed.where(policy.readable_threads(actor)))) == singly, name


def test_a_queue_holds_the_spaces_whose_cases_may_be_worked_one_by_one(cast, things):
    spaces = list(session.scalars(select(Space)))
    for name, actor in _everybody(cast):
        singly = {s.id for s in spaces if policy.allows(actor, Permission.WORK_CASE, Case(space_id=s.id))}
        assert set(session.scalars(select(Space.id).where(policy.desk_spaces(actor, Space.id)))) == singly, (
            name
        )


def test_what_one_may_not_know_of_is_not_found_and_what_one_may_not_do_is_denied(cast, things):
    known_by = Permission.READ_THREAD
    with pytest.raises(NotFound):
        policy.require(cast.olu, Permission.REPLY, things["private thread"], known_by=known_by)
    with pytest.raises(Denied, match="join this community"):
        policy.require(cast.olu, Permission.REPLY, things["open thread"], known_by=known_by)
    with pytest.raises(LogInFirst):
        policy.require(STRANGER, Permission.REPLY, things["open thread"], known_by=known_by)
    policy.require(cast.ana, Permission.REPLY, things["private thread"], known_by=known_by)


def test_without_a_way_to_know_of_a_thing_every_refusal_is_not_found(cast, things):
    with pytest.raises(NotFound):
        policy.require(cast.ana, Permission.SEE_DESK)
    with pytest.raises(NotFound):
        policy.require(STRANGER, Permission.SEE_DESK)
    policy.require(cast.maya, Permission.SEE_DESK)


def test_a_moderator_of_another_community_cannot_tell_a_case_from_a_missing_one(cast, things):
    with pytest.raises(NotFound):
        found(cast.kim, 999_999)


def _everybody(cast: Cast):
    return [*((actor.name.lower(), actor) for actor in cast.everybody if actor.known), ("visitor", STRANGER)]
