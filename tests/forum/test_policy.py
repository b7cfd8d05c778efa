"""Who may do what: a row for every permission, asked for everybody, about everything; lists agree with it."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import contains_eager, joinedload

from forum import policy
from forum.accounts.models import User
from forum.columns import MACHINE
from forum.db import now, session, transactional
from forum.desk import canary
from forum.desk.models import Case
from forum.desk.queries import found
from forum.errors import Denied, LogInFirst, NotFound
from forum.policy import STRANGER, Actor, Permission
from forum.spaces.models import Space, SpaceKind
from forum.texts import Text, drafted
from forum.threads import service as threads
from forum.threads.models import LockReason, Post, Thread, ThreadKind
from moderation.cases import CaseState
from moderation.screening import Level
from tests.forum.cast import Cast, new_key

EVERYBODY = "ana ben maya noor omar olu lea kim lou visitor"
KNOWN = EVERYBODY.replace(" visitor", "")
TEAM = "maya noor lea"
MEMBERS = "ana ben maya noor omar"
OUTSIDE = "olu lea kim lou"

# For each permission: the thing it is asked about, and who may. Ana wrote every post; the reach-out is with Ana.
# `other` is the community that Kim moderates, `private` the one that only its members can read.
ALLOWED: dict[Permission, dict[str, str]] = {
    Permission.SEE_SPACE: {"open": EVERYBODY, "private": EVERYBODY, "other": EVERYBODY, "machine's": ""},
    Permission.READ_SPACE: {
        "open": EVERYBODY,
        "private": f"{MEMBERS} lea",
        "other": EVERYBODY,
        "machine's": "",
    },
    Permission.JOIN_SPACE: {
        "open": OUTSIDE,
        "private": OUTSIDE,
        "other": f"{MEMBERS} olu lea lou",
        "archived": "",
        "archived soon": OUTSIDE,
        "machine's": "",
    },
    Permission.LEAVE_SPACE: {"open": MEMBERS, "private": MEMBERS, "other": "kim", "archived": MEMBERS},
    Permission.READ_THREAD: {
        "open thread": EVERYBODY,
        "private thread": f"{MEMBERS} lea",
        "reach-out": f"ana {TEAM}",
        "locked thread": EVERYBODY,
        "archived thread": EVERYBODY,
        "archived reach-out": f"ana {TEAM}",
        "machine's thread": "",
    },
    Permission.START_THREAD: {
        "open": MEMBERS,
        "private": MEMBERS,
        "other": "kim",
        "archived": "",
        "archived soon": MEMBERS,
        "machine's": "",
    },
    Permission.REPLY: {
        "open thread": MEMBERS,
        "private thread": MEMBERS,
        "reach-out": f"ana {TEAM}",
        "locked thread": "",
        "archived thread": "",
        "archived reach-out": f"ana {TEAM}",
    },
    Permission.LOCK_THREAD: {
        "open thread": TEAM,
        "private thread": TEAM,
        "locked thread": TEAM,
        "archived thread": TEAM,
        "reach-out": "",
    },
    Permission.SEE_OWN_POST: {"post": "ana", "withdrawn post": "ana", "hidden post": "ana"},
    Permission.EDIT_POST: {"post": "ana", "withdrawn post": "", "hidden post": ""},
    Permission.WITHDRAW_POST: {"post": "ana", "withdrawn post": "", "hidden post": "ana"},
    Permission.TEND_POST: dict.fromkeys(
        ("post", "withdrawn post", "hidden post", "noted post"), f"ana {TEAM}"
    ),
    Permission.NOTE_POST: {
        "post": f"ana {TEAM}",
        "withdrawn post": "",
        "hidden post": "",
        "noted post": TEAM,
    },
    Permission.WRITE_TO_TEAM: {"open": KNOWN, "private": KNOWN, "other": KNOWN, "archived": KNOWN},
    Permission.SEE_DESK: {"nothing": f"{TEAM} kim"},
    Permission.BE_ON_DUTY: {"nothing": f"{TEAM} kim"},
    Permission.WORK_CASE: {"case": TEAM, "machine's case": ""},
    Permission.KEEP_SITE: {"nothing": "lea"},
    Permission.INVITE: {"nothing": f"{TEAM} kim"},
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
    locked = threads.start(cast.ana, cast.slug, "Evenings", "Tea.", new_key())
    threads.lock(cast.maya, locked.thread_id, LockReason.HEATED)
    noted = threads.reply(cast.ana, talk.thread_id, "A hard day.", new_key())
    threads.note(cast.maya, noted.id, "loss")
    canary.fly()
    session.expire_all()
    archived = _archived(cast, now() - timedelta(days=1))
    spaces = {space.slug: space for space in session.scalars(select(Space))}
    loaded = {
        thread.id: thread for thread in session.scalars(select(Thread).options(joinedload(Thread.space)))
    }
    posts = {
        post.id: post
        for post in session.scalars(select(Post).options(joinedload(Post.thread), joinedload(Post.note)))
    }
    return {
        "nothing": None,
        "open": spaces[cast.slug],
        "private": spaces[cast.private_slug],
        "other": spaces[cast.other_slug],
        "open thread": loaded[talk.thread_id],
        "private thread": loaded[private.thread_id],
        "reach-out": loaded[opening],
        "locked thread": loaded[locked.thread_id],
        "archived": archived,
        "archived soon": _archived(cast, now() + timedelta(days=1)),
        "archived thread": Thread(space_id=archived.id, kind=ThreadKind.CONVERSATION, space=archived),
        "archived reach-out": Thread(
            space_id=archived.id,
            kind=ThreadKind.REACH_OUT,
            person_id=cast.ana.user_id,
            space=archived,
        ),
        "post": posts[talk.id],
        "noted post": posts[noted.id],
        "withdrawn post": posts[withdrawn.id],
        "hidden post": posts[hidden.id],
        "case": Case(space_id=cast.space_id),
        "machine's": spaces[canary.SLUG],
        "machine's thread": next(thread for thread in loaded.values() if thread.space_id == MACHINE),
        "machine's case": Case(space_id=MACHINE),
    }


def _archived(cast: Cast, at: datetime) -> Space:
    """The open community, as it would be if it were archived then."""
    return Space(id=cast.space_id, kind=SpaceKind.COMMUNITY, is_open=True, archive_at=at)


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


# Every condition for lists: the permission that it is the list form of, all that it chooses from, and the condition
# as a query asks it. What is chosen from is loaded with what the rules need.
LISTS: dict[str, tuple[Permission, Select[Any], Callable[[Actor], ColumnElement[bool]]]] = {
    "visible_spaces": (Permission.SEE_SPACE, select(Space), policy.visible_spaces),
    "readable_spaces": (Permission.READ_SPACE, select(Space), policy.readable_spaces),
    "readable_threads": (
        Permission.READ_THREAD,
        select(Thread).join(Thread.space).options(contains_eager(Thread.space)),
        policy.readable_threads,
    ),
    "threads_readable_by_each": (
        Permission.READ_THREAD,
        select(Thread).join(Thread.space).join(User, true()).options(contains_eager(Thread.space)),
        lambda actor: (
            (User.id == actor.user_id) & policy.threads_readable_by_each()
            if actor.known  # a visitor has no row, and no notices
            else policy.readable_threads(actor)
        ),
    ),
    "desk_spaces": (
        Permission.WORK_CASE,
        select(Case),
        lambda actor: policy.desk_spaces(actor, Case.space_id),
    ),
}


OF_PEOPLE = {"threads_readable_by_each"}  # about rows of people and not about one of their sign-ins


def _conditions() -> set[str]:
    """Everything in the policy that answers with a condition for a list."""
    return {
        name
        for name, function in vars(policy).items()
        if inspect.isfunction(function)
        and not name.startswith("_")
        and "ColumnElement" in str(inspect.signature(function).return_annotation)
    }


def test_every_condition_for_lists_is_the_list_form_of_a_permission():
    assert _conditions() == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_what_is_allowed_one_by_one(cast, things, name: str):
    _case_in_every_space(cast)
    permission, everything, condition = LISTS[name]
    chosen_from = session.scalars(everything).all()
    lengths = set()
    unproven = [(f"{who}, unproven", replace(actor, proven=False)) for who, actor in _everybody(cast)]
    for who, actor in [*_everybody(cast), *([] if name in OF_PEOPLE else unproven)]:
        singly = {thing.id for thing in chosen_from if policy.allows(actor, permission, thing)}
        listed = {thing.id for thing in session.scalars(everything.where(condition(actor)))}
        assert listed == singly, who
        lengths.add(len(listed))
    assert permission is Permission.SEE_SPACE or len(lengths) > 1, "the same for everybody proves little"


@transactional
def _case_in_every_space(cast: Cast) -> None:
    text_id = session.scalars(select(Text.id)).first()
    for space_id in (cast.space_id, cast.other_id, cast.private_id, MACHINE):
        session.add(
            Case(
                space_id=space_id,
                text_id=text_id,
                level=Level.AMBER,
                state=CaseState.CLOSED,
                opened_at=now(),
                due_at=now(),
                closed_at=now(),
            )
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
