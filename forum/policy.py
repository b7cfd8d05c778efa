"""Who may do what: the one place. HTTP, sockets, templates and lists ask here and nowhere else.

A permission is allowed when every one of its predicates holds. What somebody may not know is NotFound,
what they may know but not do is Denied: `require` needs to be told which permission lets them know of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from forum.accounts.models import SiteRole, User
from forum.columns import MACHINE
from forum.db import now
from forum.errors import Denied, LogInFirst, NotFound, ProveFirst
from forum.spaces.models import Membership, Role, Space, SpaceKind
from forum.threads.models import PostState, Thread, ThreadKind


@dataclass(frozen=True)
class Actor:
    """Who is asking: a plain copy, safe to hold on a long socket, of all that the rules need."""

    user_id: int | None = None
    name: str = ""
    role: SiteRole = SiteRole.MEMBER
    sign_in_id: int | None = None
    memberships: Mapping[int, Role] = field(default_factory=dict)  # space id -> role
    proven: bool = True  # False: no second factor was shown, where powers over others ask for one

    @property
    def known(self) -> bool:
        """Whether this is somebody with an account."""
        return self.user_id is not None

    @property
    def moderates(self) -> bool:
        """Whether there is any desk for them, once they are proven."""
        return self.role is SiteRole.LEAD or Role.MODERATOR in self.memberships.values()

    @property
    def leads(self) -> bool:
        """Whether they have the powers of a lead now."""
        return self.proven and self.role is SiteRole.LEAD

    @property
    def moderated(self) -> frozenset[int]:
        """The spaces in which they have the powers of a moderator now."""
        moderated = [space_id for space_id, role in self.memberships.items() if role is Role.MODERATOR]
        return frozenset(moderated if self.proven else ())


STRANGER = Actor()


class Permission(StrEnum):
    """What one can be allowed; each is documented by its rule below."""

    SEE_SPACE = "see_space"
    READ_SPACE = "read_space"
    JOIN_SPACE = "join_space"
    LEAVE_SPACE = "leave_space"
    READ_THREAD = "read_thread"
    START_THREAD = "start_thread"
    REPLY = "reply"
    LOCK_THREAD = "lock_thread"
    SEE_OWN_POST = "see_own_post"
    EDIT_POST = "edit_post"
    WITHDRAW_POST = "withdraw_post"
    TEND_POST = "tend_post"
    NOTE_POST = "note_post"
    WRITE_TO_TEAM = "write_to_team"
    SEE_DESK = "see_desk"
    BE_ON_DUTY = "be_on_duty"
    WORK_CASE = "work_case"
    KEEP_SITE = "keep_site"
    INVITE = "invite"


def allows(actor: Actor, permission: Permission, thing: Any = None) -> bool:
    """Whether `actor` may do this with `thing` (a space, thread, post or case, with its space or thread loaded)."""
    return all(predicate(actor, thing) for predicate in RULES[permission])


def require(
    actor: Actor, permission: Permission, thing: Any = None, *, known_by: Permission | None = None
) -> None:
    """Raise what a refusal looks like: NotFound when they may not know of it, LogInFirst or Denied otherwise.

    `known_by` is the permission by which they may know that the thing is there.
    """
    if known_by is not None and not allows(actor, known_by, thing):
        raise NotFound()
    if allows(actor, permission, thing):
        return
    if not actor.proven and allows(replace(actor, proven=True), permission, thing):
        raise ProveFirst()
    if known_by is None:
        raise NotFound()
    if not actor.known:
        raise LogInFirst()
    closed = closed_because(thing) if is_open_to_words in RULES[permission] else ""
    raise Denied(closed or WHY_NOT.get(permission, ""))


def closed_because(thing: Space | Thread, space: Space | None = None) -> str:
    """Why nobody can write anything new here now, in a sentence; nothing when one can.

    The private thread with the team is never closed. `space` is the thread's, where that is not loaded with it.
    """
    if isinstance(thing, Thread) and thing.kind is ThreadKind.REACH_OUT:
        return ""
    if (thing if isinstance(thing, Space) else space or thing.space).is_archived:
        return ARCHIVED
    return LOCKED if isinstance(thing, Thread) and thing.locked_at is not None else ""


def visible_spaces(actor: Actor) -> ColumnElement[bool]:
    """SEE_SPACE as a condition on Space, for lists."""
    return or_(Space.kind == SpaceKind.COMMUNITY, Space.id.in_(list(actor.memberships)))


def readable_spaces(actor: Actor) -> ColumnElement[bool]:
    """READ_SPACE as a condition on Space, for lists."""
    people = or_(Space.is_open == true(), Space.id.in_(list(actor.memberships)), _always(actor.leads))
    return and_(Space.kind != SpaceKind.MACHINE, people)


def readable_threads(actor: Actor) -> ColumnElement[bool]:
    """READ_THREAD as a condition on Thread joined with Space, for lists."""
    conversation = (Thread.kind == ThreadKind.CONVERSATION) & readable_spaces(actor)
    reach_out = (Thread.kind == ThreadKind.REACH_OUT) & or_(
        Thread.person_id == (actor.user_id or 0),
        Thread.space_id.in_(actor.moderated),
        _always(actor.leads),
    )
    return and_(Thread.space_id != MACHINE, or_(conversation, reach_out))


def threads_readable_by_each() -> ColumnElement[bool]:
    """READ_THREAD as a condition on Thread joined with Space, for each of many people: the rows of User, proven."""
    member = select(Membership.id).where(
        Membership.user_id == User.id, Membership.space_id == Thread.space_id, Membership.ended_at.is_(None)
    )
    inside, moderating = (
        rows.correlate(User, Thread).exists()
        for rows in (member, member.where(Membership.role == Role.MODERATOR))
    )
    leads = User.role == SiteRole.LEAD
    conversation = (Thread.kind == ThreadKind.CONVERSATION) & or_(Space.is_open == true(), inside, leads)
    reach_out = (Thread.kind == ThreadKind.REACH_OUT) & or_(Thread.person_id == User.id, moderating, leads)
    return and_(Thread.space_id != MACHINE, or_(conversation, reach_out))


def desks() -> Select[int, str]:
    """Every desk that words of people still come to: the id and the name of its community."""
    is_archived = Space.archive_at.is_not(None) & (Space.archive_at <= now())
    return select(Space.id, Space.name).where(Space.kind == SpaceKind.COMMUNITY, ~is_archived)


def desks_of_each() -> Select[int, int]:
    """Whose desk is whose, by role alone: a user and a space, for all moderators. Leads have every desk."""
    return select(Membership.user_id, Membership.space_id).where(
        Membership.role == Role.MODERATOR, Membership.ended_at.is_(None)
    )


def leads_of_the_site() -> Select[int]:
    """The users who have every desk."""
    return select(User.id).where(User.role == SiteRole.LEAD)


def desk_spaces(actor: Actor, column: Any) -> ColumnElement[bool]:
    """WORK_CASE as a condition on a column of space ids, for queues."""
    return and_(column != MACHINE, or_(column.in_(actor.moderated), _always(actor.leads)))


def _always(yes: bool) -> ColumnElement[bool]:
    return true() if yes else false()


def somebody(actor: Actor, thing: Any) -> bool:
    return actor.known


def sees_space(actor: Actor, space: Space) -> bool:
    """A community's name, purpose and agreement are for everybody; what is said in it may not be."""
    return space.kind is SpaceKind.COMMUNITY or is_in(actor, space)


def reads_space(actor: Actor, space: Space) -> bool:
    people = space.is_open or space.id in actor.memberships or actor.leads
    return space.kind is not SpaceKind.MACHINE and people


def is_not_in(actor: Actor, space: Space) -> bool:
    return space.id not in actor.memberships


def is_in(actor: Actor, thing: Any) -> bool:
    return _space_id(thing) in actor.memberships


def moderates(actor: Actor, thing: Any) -> bool:
    return _space_id(thing) != MACHINE and (actor.leads or _space_id(thing) in actor.moderated)


def leads(actor: Actor, thing: Any) -> bool:
    return actor.leads


def has_a_desk(actor: Actor, thing: Any) -> bool:
    return actor.leads or bool(actor.moderated)


def reads_thread(actor: Actor, thread: Thread) -> bool:
    if thread.kind is ThreadKind.REACH_OUT:
        return (actor.known and actor.user_id == thread.person_id) or moderates(actor, thread)
    return reads_space(actor, thread.space)


def is_open_to_words(actor: Actor, thing: Space | Thread) -> bool:
    return not closed_because(thing)


def is_conversation(actor: Actor, thread: Thread) -> bool:
    return thread.kind is ThreadKind.CONVERSATION


def takes_part(actor: Actor, thread: Thread) -> bool:
    """Members in a conversation; in a reach-out the person and the team, also after they left the community."""
    if thread.kind is ThreadKind.REACH_OUT:
        return reads_thread(actor, thread)
    return is_in(actor, thread)


def wrote_it(actor: Actor, post: Any) -> bool:
    return actor.known and bool(post.author_id == actor.user_id)


def is_published(actor: Actor, post: Any) -> bool:
    return post.state is PostState.PUBLISHED


def is_not_withdrawn(actor: Actor, post: Any) -> bool:
    return post.state is not PostState.WITHDRAWN


def wrote_it_or_moderates(actor: Actor, post: Any) -> bool:
    return wrote_it(actor, post) or moderates(actor, post.thread)


def may_change_its_note(actor: Actor, post: Any) -> bool:
    """A moderator's note is not the author's to change."""
    return moderates(actor, post.thread) or post.note is None or not post.note.by_moderator


def _space_id(thing: Any) -> int:
    return int(thing.id if isinstance(thing, Space) else thing.space_id)


# Every predicate of a permission must hold. Editing needs no membership: people keep control of their own words.
RULES: dict[Permission, list[Callable[[Actor, Any], bool]]] = {
    Permission.SEE_SPACE: [sees_space],
    Permission.READ_SPACE: [reads_space],
    Permission.JOIN_SPACE: [somebody, sees_space, is_not_in, is_open_to_words],
    Permission.LEAVE_SPACE: [somebody, is_in],
    Permission.READ_THREAD: [reads_thread],
    Permission.START_THREAD: [somebody, is_in, is_open_to_words],
    Permission.REPLY: [somebody, takes_part, is_open_to_words],
    Permission.LOCK_THREAD: [is_conversation, moderates],
    Permission.SEE_OWN_POST: [wrote_it],
    Permission.EDIT_POST: [wrote_it, is_published],
    Permission.WITHDRAW_POST: [wrote_it, is_not_withdrawn],
    Permission.TEND_POST: [wrote_it_or_moderates],
    Permission.NOTE_POST: [wrote_it_or_moderates, is_published, may_change_its_note],
    Permission.WRITE_TO_TEAM: [somebody, sees_space],  # also after leaving: the way to the team stays open
    Permission.SEE_DESK: [has_a_desk],
    Permission.BE_ON_DUTY: [has_a_desk],
    Permission.WORK_CASE: [moderates],
    Permission.KEEP_SITE: [leads],
    Permission.INVITE: [has_a_desk],
}

ARCHIVED = "This community is archived. It can be read, and nothing new is written in it."
LOCKED = "This thread is locked. It can be read, and nobody can reply for now."

WHY_NOT: dict[Permission, str] = {
    Permission.JOIN_SPACE: "You are already in this community.",
    Permission.START_THREAD: "Please join this community before you write in it.",
    Permission.REPLY: "Please join this community before you write in it.",
    Permission.LOCK_THREAD: "Only moderators can lock a thread, and open it again.",
    Permission.EDIT_POST: "These words cannot be changed any more.",
    Permission.WITHDRAW_POST: "These words were withdrawn already.",
    Permission.NOTE_POST: "This post takes no other note: its words are no longer shown, or a moderator put one there.",
}
