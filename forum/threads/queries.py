"""Reading threads: pages by key, statements that do not grow with the page or the table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, false, select, true
from sqlalchemy.orm import aliased, contains_eager, joinedload

from forum import policy
from forum.db import session
from forum.errors import NotFound
from forum.policy import Actor, Permission
from forum.spaces.models import Departure, Farewell, Space
from forum.texts import Text, TextVersion
from forum.threads.models import ContentNote, Post, PostState, Thread, ThreadKind

PAGE = 20  # posts a page
LONGEST_PAGE = 100  # posts that a page may grow to while it is open
CHANGES_AT_MOST = 100  # beyond that a page is loaded again
THE_TEAM = "The team"
WHO_LEFT = "Somebody who left"


@dataclass(frozen=True)
class PostView:
    """A post as a plain reader sees it: the same for everybody, so that page and push cannot differ."""

    id: int
    thread_id: int
    position: int
    revision: int
    author_id: int
    author_name: str
    published_at: datetime
    edited_at: datetime | None
    state: PostState
    html: str | None
    rule_title: str | None
    note: str | None = None  # what it contains; its words are closed until opened
    owner_id: int = 0  # whose page shows the way to change it; the partial must not tell it


@dataclass(frozen=True)
class Page:
    """A stretch of a thread: posts after `after` up to `through`, and where the stretches beside it begin."""

    after: int
    through: int
    is_last: bool
    newer_url: str | None
    older_url: str | None
    first_url: str | None


@dataclass(frozen=True)
class ThreadRow:
    """A thread in a list."""

    id: int
    title_html: str
    author_name: str
    reply_count: int
    last_post_at: datetime
    hidden: bool
    note: str | None = None  # what the opening post contains


@dataclass(frozen=True)
class NoteRow:
    """A content note that a moderator put on somebody's post."""

    post_id: int
    note: str
    made_at: datetime


def thread(actor: Actor, thread_id: int) -> Thread:
    """The thread with its space and title, or NotFound: a stranger cannot tell a private one from a missing one."""
    found = session.scalars(
        select(Thread)
        .where(Thread.id == thread_id)
        .options(joinedload(Thread.space), joinedload(Thread.title).joinedload(Text.current))
    ).one_or_none()
    if found is None or not policy.allows(actor, Permission.READ_THREAD, found):
        raise NotFound()
    return found


def posts_after(thread_id: int, after: int, through: int) -> list[PostView]:
    """The posts at positions after+1 … through, in order."""
    return _views(
        select(Post)
        .where(Post.thread_id == thread_id, Post.position > after, Post.position <= through)
        .order_by(Post.position)
    )


def changes_since(thread_id: int, revision: int) -> list[PostView] | None:
    """Posts changed after `revision`, oldest change first; None when there are more than a page should apply."""
    changed = _views(
        select(Post)
        .where(Post.thread_id == thread_id, Post.revision > revision)
        .order_by(Post.revision, Post.position)
        .limit(CHANGES_AT_MOST + 1)
    )
    return changed if len(changed) <= CHANGES_AT_MOST else None


def around(thread_id: int, position: int, reach: int = 3) -> list[PostView]:
    """A few posts before and after one, as the people in the space see them."""
    return posts_after(thread_id, position - reach - 1, position + reach)


def view(post_id: int) -> tuple[PostView, int] | None:
    """One post as a plain reader sees it now, and its thread's revision; None when it is gone."""
    found = _views(select(Post).where(Post.id == post_id))
    if not found:
        return None
    revision = session.scalars(select(Thread.revision).where(Thread.id == found[0].thread_id)).one()
    return found[0], revision


def own_post(actor: Actor, post_id: int) -> Post:
    """The actor's own post with its thread and words; NotFound for everybody else's."""
    found = post(post_id)
    if not policy.allows(actor, Permission.SEE_OWN_POST, found):
        raise NotFound()
    return found


def post(post_id: int, *, fresh: bool = False) -> Post:
    """A post with its thread, space, words and author, or NotFound; the caller asks the policy.

    `fresh` reads the rows again even if this transaction holds copies of them.
    """
    found = session.scalars(
        select(Post)
        .where(Post.id == post_id)
        .options(
            joinedload(Post.thread).joinedload(Thread.space),
            joinedload(Post.thread).joinedload(Thread.title).joinedload(Text.current),
            joinedload(Post.text).joinedload(Text.current),
            joinedload(Post.author),
            *_with_notes(),
        )
        .execution_options(populate_existing=fresh)
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def post_to_note(actor: Actor, post_id: int) -> Post:
    """A post whose content note this person may change; NotFound or Denied for everybody else."""
    found = post(post_id)
    policy.require(actor, Permission.NOTE_POST, found, known_by=Permission.TEND_POST)
    return found


def notes_by_moderators(user_id: int) -> list[NoteRow]:
    """The content notes that moderators put on this person's posts and that stand there, the latest first."""
    rows = (
        select(ContentNote.post_id, TextVersion.body, ContentNote.made_at)
        .join(Post, Post.id == ContentNote.post_id)
        .join(Text, Text.id == ContentNote.text_id)
        .join(TextVersion, (TextVersion.text_id == Text.id) & (TextVersion.number == Text.number))
        .where(
            Post.author_id == user_id,
            ContentNote.by_moderator == true(),
            ContentNote.ended_at.is_(None),
        )
        .order_by(ContentNote.id.desc())
        .limit(PAGE)
    )
    return [NoteRow(*row) for row in session.execute(rows).all()]


def left_behind(departure: Departure, at_most: int) -> list[int]:
    """Posts that who left still shows and that are to go, or to lose their name; the private ones are not meant."""
    left = Post.nameless == false()
    if departure.farewell is Farewell.WITHDRAW:
        left = left | (Post.state != PostState.WITHDRAWN)
    return list(
        session.scalars(
            select(Post.id)
            .join(Thread, Thread.id == Post.thread_id)
            .where(
                Thread.space_id == departure.space_id,
                Thread.kind == ThreadKind.CONVERSATION,
                Post.author_id == departure.user_id,
                Post.published_at <= departure.left_at,
                left,
            )
            .order_by(Post.thread_id, Post.id)  # one order for all, so that nobody waits in a circle
            .limit(at_most)
        )
    )


def post_of_text(text_id: int) -> Post | None:
    """The post whose words or content note these are, or that opens the thread whose title they are; else None."""
    named = select(Thread.id).where(Thread.title_id == text_id).scalar_subquery()
    noted = select(ContentNote.post_id).where(ContentNote.text_id == text_id).scalar_subquery()
    about = (Post.thread_id == named) & (Post.position == 1)
    return session.scalars(select(Post).where((Post.text_id == text_id) | about | (Post.id == noted))).first()


def is_said_to_team(text_id: int) -> bool:
    """Whether these are a person's own words in their private thread with the team."""
    said = (
        select(Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .where(
            Post.text_id == text_id, Thread.kind == ThreadKind.REACH_OUT, Post.author_id == Thread.person_id
        )
    )
    return session.scalars(said).first() is not None


def view_of(found: Post) -> PostView:
    """A post with its words and author loaded, as a plain reader sees it."""
    published = found.state is PostState.PUBLISHED
    named = not found.as_team and not found.nameless
    return PostView(
        found.id,
        found.thread_id,
        found.position,
        found.revision,
        found.author_id if named else 0,
        THE_TEAM if found.as_team else found.author.name if named else WHO_LEFT,
        found.published_at,
        found.edited_at if published else None,
        found.state,
        found.text.current.html if published else None,
        found.hidden_under if found.state is PostState.HIDDEN else None,
        found.note.words.current.body if published and found.note else None,
        0 if found.as_team else found.author_id,
    )


def latest_threads(actor: Actor, space: Space, before: tuple[datetime, int] | None = None) -> list[ThreadRow]:
    """The space's conversations, the latest spoken in first: one more than a page, so that 'more' costs no count."""
    if not policy.allows(actor, Permission.READ_SPACE, space):
        return []
    opening, noted, note = aliased(Post), aliased(Text), aliased(TextVersion)
    rows = (
        select(Thread, opening.state, opening.nameless, note.body)
        .join(opening, (opening.thread_id == Thread.id) & (opening.position == 1))
        .outerjoin(ContentNote, (ContentNote.post_id == opening.id) & ContentNote.ended_at.is_(None))
        .outerjoin(noted, noted.id == ContentNote.text_id)
        .outerjoin(note, (note.text_id == noted.id) & (note.number == noted.number))
        .join(Thread.title)
        .join(Text.current)
        .join(Thread.author)
        .where(Thread.space_id == space.id, Thread.kind == ThreadKind.CONVERSATION)
        .options(contains_eager(Thread.title).contains_eager(Text.current), contains_eager(Thread.author))
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        moment, last_id = before
        rows = rows.where(
            (Thread.last_post_at < moment) | ((Thread.last_post_at == moment) & (Thread.id < last_id))
        )
    return [
        ThreadRow(
            found.id,
            title_as_shown(found, state),
            WHO_LEFT if nameless else found.author.name,
            found.post_count - 1,
            found.last_post_at,
            state is PostState.HIDDEN,
            contains if state is PostState.PUBLISHED else None,
        )
        for found, state, nameless, contains in session.execute(rows).all()
    ]


def shown_title(found: Thread) -> str:
    """The title as a plain reader sees it: taken back or hidden together with the opening post."""
    state = session.scalars(select(Post.state).where(Post.thread_id == found.id, Post.position == 1)).one()
    return title_as_shown(found, state)


def title_as_shown(found: Thread, opening: PostState) -> str:
    """The same when the state of the opening post is known: safe HTML."""
    if opening is PostState.WITHDRAWN:
        return "Withdrawn by its author"
    if opening is PostState.HIDDEN:
        return "Hidden by a moderator"
    return found.title.current.html


def _views(posts: Select[Post]) -> list[PostView]:
    loaded = posts.options(
        joinedload(Post.text).joinedload(Text.current), joinedload(Post.author), *_with_notes()
    )
    return [view_of(found) for found in session.scalars(loaded)]


def _with_notes() -> list[Any]:
    return [joinedload(Post.note).joinedload(ContentNote.words).joinedload(Text.current)]
