"""Speaking: starting a thread, replying, editing, withdrawing; and hiding, for the desk.

Judged and rendered before any write; then one short transaction that locks the thread's row. What is answered
with success is stored; screening by the worker follows and never keeps the author waiting.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum import audit, outbox, policy, texts
from forum.accounts import service as accounts
from forum.agreements import queries as agreements
from forum.care import service as care
from forum.columns import MACHINE
from forum.db import now, session, transactional
from forum.errors import Denied, Invalid, NotFound
from forum.events import MemberLeft, PostChanged, PostPublished, ThreadChanged
from forum.policy import Actor, Permission
from forum.spaces import queries as spaces
from forum.spaces.models import Departure, Farewell, Space
from forum.texts import Draft, TextKind
from forum.threads import queries
from forum.threads.models import ContentNote, LockReason, Post, PostState, Thread, ThreadKind
from moderation import cases

AT_ONCE = 20  # posts of who left in one write: nobody waits long for it
FORGOTTEN_AFTER = timedelta(hours=1)


def start(actor: Actor, slug: str, title: str, body: str, form_key: str, note: str = "") -> Post:
    """Begin a conversation; returns its opening post. The same form sent twice is one thread."""
    space = spaces.space(actor, slug)
    policy.require(actor, Permission.START_THREAD, space, known_by=Permission.SEE_SPACE)
    title_draft, draft, contains = texts.drafted_line(title), texts.drafted(body), _note_of(note)
    check_key(form_key)
    assert actor.user_id is not None
    user_id, key = actor.user_id, key_of(form_key, f"space {space.id}", title_draft, draft, *contains)
    return _once(lambda: _started(user_id, space.id, title_draft, draft, key, contains), user_id, key)


def reply(actor: Actor, thread_id: int, body: str, form_key: str, note: str = "") -> Post:
    """Publish a reply at once. The same form sent twice is one post."""
    thread = queries.thread(actor, thread_id)
    policy.require(actor, Permission.REPLY, thread, known_by=Permission.READ_THREAD)
    draft, contains = texts.drafted(body), _note_of(note)
    check_key(form_key)
    assert actor.user_id is not None
    user_id, key = actor.user_id, key_of(form_key, f"thread {thread.id}", draft, *contains)
    as_team = thread.kind is ThreadKind.REACH_OUT and thread.person_id != user_id
    return _once(
        lambda: _replied(user_id, thread.id, draft, key, as_team=as_team, contains=contains), user_id, key
    )


def edit(actor: Actor, post_id: int, body: str, was_number: int) -> Post:
    """Save new words for one's own post; `was_number` is the version that was open in the form."""
    post = queries.own_post(actor, post_id)
    policy.require(actor, Permission.EDIT_POST, post, known_by=Permission.SEE_OWN_POST)
    return _edited(post.id, texts.drafted(body), was_number)


def withdraw(actor: Actor, post_id: int) -> Post:
    """Take one's own post back: others see that it was withdrawn, the author keeps the words."""
    post = queries.own_post(actor, post_id)
    if post.state is PostState.WITHDRAWN:
        return post  # the same form sent twice
    policy.require(actor, Permission.WITHDRAW_POST, post, known_by=Permission.SEE_OWN_POST)
    return _withdrawn(post.id)


def note(actor: Actor, post_id: int, line: str) -> Post:
    """Say what a post contains, so that its words stay closed until opened; an empty line takes the note away.

    For its author and for moderators, whose note is told to the author and stays theirs.
    """
    post = queries.post_to_note(actor, post_id)
    assert actor.user_id is not None
    return _noted(actor.user_id, post.id, _note_of(line))


@transactional
def follow_departure(departure_id: int) -> None:
    """Withdraw what somebody who left wrote there, or take their name off it: some posts, and the rest by another
    event. However often it is said, and wherever it was broken off, every post goes once."""
    departure = session.get_one(Departure, departure_id, with_for_update=True, populate_existing=True)
    if departure.done_at is not None:
        return
    post_ids = queries.left_behind(departure, AT_ONCE)
    for post_id in post_ids:
        post = _locked(post_id)
        post.nameless = True
        if departure.farewell is Farewell.WITHDRAW:
            _take_back(post)
        _changed(post)
    session.flush()
    if len(post_ids) < AT_ONCE:
        departure.done_at = now()
    else:
        outbox.record(MemberLeft(departure.id))


@transactional
def follow_forgotten_departures() -> None:
    """Say again who left more than an hour ago and whose words still stand: their event may have been set aside."""
    late = (
        select(Departure.id)
        .where(Departure.done_at.is_(None), Departure.left_at <= now() - FORGOTTEN_AFTER)
        .order_by(Departure.id)
    )
    for departure_id in session.scalars(late).all():
        outbox.record(MemberLeft(departure_id))


def lock(actor: Actor, thread_id: int, reason: LockReason) -> Thread:
    """Let nobody post in a thread for now, and say why; what is there can still be edited and withdrawn."""
    thread = queries.thread(actor, thread_id)
    policy.require(actor, Permission.LOCK_THREAD, thread, known_by=Permission.READ_THREAD)
    return _locked_for(actor, thread.id, reason)


def unlock(actor: Actor, thread_id: int) -> Thread:
    """Let people reply again."""
    thread = queries.thread(actor, thread_id)
    policy.require(actor, Permission.LOCK_THREAD, thread, known_by=Permission.READ_THREAD)
    return _locked_for(actor, thread.id, None)


def begin_reach_out(
    user_id: int, space_id: int, person_id: int, title: str, draft: Draft, form_key: str
) -> Post:
    """A private thread between a person and the team, inside the caller's transaction; for the desk."""
    space = session.get_one(Space, space_id)
    title_draft = texts.drafted_line(title)
    return _begun(
        user_id, space, title_draft, draft, form_key, person_id=person_id, as_team=user_id != person_id
    )


def answer_as_team(user_id: int, thread_id: int, draft: Draft, form_key: str) -> Post:
    """Go on in a reach-out as the team, inside the caller's transaction; for the desk."""
    return _replied(user_id, thread_id, draft, form_key, as_team=True)


def hide(post_id: int, rule_title: str) -> Post:
    """Hide a post's words from others, inside the caller's transaction; for the desk."""
    post = _locked(post_id)
    if post.state is PostState.PUBLISHED:
        post.state, post.hidden_under = PostState.HIDDEN, rule_title
        _changed(post)
    return post


def key_of(form_key: str, place: str, *drafts: Draft) -> str:
    """What makes the same form sent twice one post: its key, where it went, and its words.

    The browser's 'back' brings a form with its old key: other words in it, or another place, are a new post.
    """
    sent = "\0".join((form_key, place, *(draft.body for draft in drafts)))
    return f"{form_key[:23]}-{sha256(sent.encode()).hexdigest()[:40]}"


def check_key(form_key: str) -> None:
    """Refuse a form whose key cannot be one: too short, too long, or with characters that nobody sees."""
    if not 8 <= len(form_key) <= 64 or not form_key.isprintable():
        raise Invalid("This form was not complete. Please load the page again; your words are kept below.")


def _note_of(line: str) -> list[Draft]:
    """The content note of a form: one, or none."""
    return [texts.drafted_note(line)] if line.strip() else []


def _once(publish: Callable[[], Post], user_id: int, form_key: str) -> Post:
    """The post that this form made, now or before."""
    made = _made_by(user_id, form_key)
    if made is not None:
        return made
    try:
        return publish()
    except IntegrityError:
        made = _made_by(user_id, form_key)  # the same form, a moment ago, by the other process
        if made is None:
            raise
        return made


def _made_by(user_id: int, form_key: str) -> Post | None:
    return session.scalars(
        select(Post).where(Post.author_id == user_id, Post.form_key == form_key)
    ).one_or_none()


@transactional
def _started(
    user_id: int, space_id: int, title: Draft, draft: Draft, form_key: str, contains: list[Draft]
) -> Post:
    space = spaces.held(space_id)
    _require_open(space)
    _require_member(user_id, space_id)
    return _begun(user_id, space, title, draft, form_key, contains=contains)


def _begun(
    user_id: int,
    space: Space,
    title: Draft,
    draft: Draft,
    form_key: str,
    *,
    person_id: int | None = None,
    as_team: bool = False,
    contains: Sequence[Draft] = (),
) -> Post:
    words = texts.kept(
        title, TextKind.TITLE, author_id=user_id, space_id=space.id, epoch=space.audience_epoch
    )
    thread = Thread(
        space_id=space.id,
        author_id=user_id,
        title_id=words.id,
        form_key=form_key,
        created_at=now(),
        kind=ThreadKind.CONVERSATION if person_id is None else ThreadKind.REACH_OUT,
        person_id=person_id,
        last_post_at=now(),
        revision=0,
        post_count=0,
    )
    session.add(thread)
    session.flush()
    urgent = cases.is_urgent(title.level)
    return _published(
        user_id, thread, space, draft, form_key, as_team=as_team, urgent=urgent, contains=contains
    )


@transactional
def _replied(
    user_id: int,
    thread_id: int,
    draft: Draft,
    form_key: str,
    *,
    as_team: bool,
    contains: Sequence[Draft] = (),
) -> Post:
    thread = session.get_one(Thread, thread_id, with_for_update=True, populate_existing=True)
    space = spaces.held(thread.space_id)
    _require_open(thread, space)
    if thread.kind is ThreadKind.CONVERSATION:
        _require_member(user_id, space.id)
    return _published(user_id, thread, space, draft, form_key, as_team=as_team, contains=contains)


def _published(
    user_id: int,
    thread: Thread,
    space: Space,
    draft: Draft,
    form_key: str,
    *,
    as_team: bool,
    urgent: bool = False,
    contains: Sequence[Draft] = (),
) -> Post:
    words = texts.kept(draft, TextKind.POST, author_id=user_id, space_id=space.id, epoch=space.audience_epoch)
    thread.revision += 1
    thread.post_count += 1
    thread.last_post_at = now()
    post = Post(
        thread_id=thread.id,
        position=thread.post_count,
        revision=thread.revision,
        author_id=user_id,
        as_team=as_team,
        text_id=words.id,
        form_key=form_key,
        state=PostState.PUBLISHED,
        agreement_version_id=agreements.version_id_in_force(space.id),
        published_at=thread.last_post_at,
    )
    session.add(post)
    session.flush()
    for said in contains:
        _add_note(post, space, said, user_id)
    outbox.record(PostPublished(post.id, thread.id, space.audience_epoch, space.id))
    if not as_team and (urgent or any(cases.is_urgent(said.level) for said in (draft, *contains))):
        care.offer(user_id, post.id)
    if as_team and thread.person_id is not None:
        accounts.tell(thread.person_id)
        audit.record(
            user_id, "write_as_team", "post", post.id, space_id=space.id
        )  # the page does not say who
    return post


def _require_open(thing: Space | Thread, space: Space | None = None) -> None:
    """Asked again under the lock: a moderator may have been quicker than whoever was writing."""
    if closed := policy.closed_because(thing, space):
        raise Denied(closed)


def _require_member(user_id: int, space_id: int) -> None:
    """Asked again while nobody can leave: who went in that moment, and took their name along, must not leave one."""
    if user_id != MACHINE and not spaces.is_member(user_id, space_id):  # the machine is on no list of members
        raise Denied(policy.WHY_NOT[Permission.REPLY])


@transactional
def _locked_for(actor: Actor, thread_id: int, reason: LockReason | None) -> Thread:
    thread = session.get_one(Thread, thread_id, with_for_update=True, populate_existing=True)
    if thread.lock_reason is reason:
        return thread  # the same form sent twice
    thread.locked_at, thread.lock_reason = (now(), reason) if reason else (None, None)
    thread.revision += 1
    thread.frame_revision = thread.revision
    epoch = session.get_one(Space, thread.space_id).audience_epoch
    outbox.record(ThreadChanged(thread.id, epoch, thread.space_id))
    act, why = ("lock", reason.value) if reason else ("unlock", "")
    audit.record(actor.user_id, act, "thread", thread.id, space_id=thread.space_id, detail=why)
    return thread


@transactional
def _edited(post_id: int, draft: Draft, was_number: int) -> Post:
    post = _locked(post_id)
    if post.state is not PostState.PUBLISHED:
        raise NotFound()
    texts.revised(post.text, draft, was_number=was_number, epoch=post.thread.space.audience_epoch)
    post.edited_at = now()
    _changed(post)
    if not post.as_team and cases.is_urgent(draft.level):
        care.offer(post.author_id, post.id)
    return post


@transactional
def _withdrawn(post_id: int) -> Post:
    post = _locked(post_id)
    if post.state is not PostState.WITHDRAWN:
        _take_back(post)
        _changed(post)
    return post


def _take_back(post: Post) -> None:
    """The words, with their title and the author's own note; each may be a sign, if it suggested danger."""
    if post.state is PostState.WITHDRAWN:
        return
    post.state = PostState.WITHDRAWN
    texts.withdrawn(post.text)
    if post.position == 1:
        texts.withdrawn(session.get_one(texts.Text, post.thread.title_id))
    if post.note is not None and not post.note.by_moderator:
        texts.withdrawn(post.note.words)


@transactional
def _noted(by_id: int, post_id: int, contains: list[Draft]) -> Post:
    post = _locked(post_id)
    if post.state is not PostState.PUBLISHED:
        raise NotFound()
    standing = post.note
    if [said.body for said in contains] == ([standing.words.current.body] if standing else []):
        return post  # the same form sent twice
    space, by_moderator = post.thread.space, post.author_id != by_id
    if standing is not None:
        standing.ended_at = now()
        if standing.words.author_id == by_id:
            texts.withdrawn(standing.words)
        session.flush()
    for said in contains:
        _add_note(post, space, said, by_id)
        if by_moderator:
            accounts.tell(post.author_id)
        elif not post.as_team and cases.is_urgent(said.level):
            care.offer(by_id, post.id)
    if by_moderator:
        act = "note" if contains else "remove_note"
        audit.record(by_id, act, "post", post.id, space_id=space.id)
    _changed(post)
    session.flush()
    session.expire(post, ["note"])
    return post


def _add_note(post: Post, space: Space, said: Draft, by_id: int) -> None:
    words = texts.kept(said, TextKind.NOTE, author_id=by_id, space_id=space.id, epoch=space.audience_epoch)
    by_moderator = by_id != post.author_id
    session.add(ContentNote(post_id=post.id, text_id=words.id, by_moderator=by_moderator, made_at=now()))
    session.flush()


def _locked(post_id: int) -> Post:
    """The post, read afresh under its thread's lock, so that revisions never cross."""
    thread_id = session.scalars(select(Post.thread_id).where(Post.id == post_id)).one()
    session.get_one(Thread, thread_id, with_for_update=True, populate_existing=True)
    session.flush()
    return queries.post(post_id, fresh=True)


def _changed(post: Post) -> None:
    post.thread.revision += 1
    post.revision = post.thread.revision
    space = post.thread.space
    outbox.record(PostChanged(post.id, post.thread_id, space.audience_epoch, space.id))
