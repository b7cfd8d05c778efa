"""Reading the desk: what needs somebody, one case in full, and what the team told a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import aliased

from forum import policy
from forum.accounts.models import User
from forum.agreements import queries as agreements
from forum.agreements.models import Rule
from forum.db import now, session
from forum.desk import wording
from forum.desk.marking import marked
from forum.desk.models import Case, Decision, DecisionKind, Label, Signal, SignalKind
from forum.errors import NotFound
from forum.policy import Actor, Permission
from forum.spaces.models import Space
from forum.texts import Screening, Text, TextVersion
from forum.threads import queries as threads
from forum.threads.models import ContentNote, Post, PostState, Thread, ThreadKind
from forum.threads.queries import PostView
from moderation import cases
from moderation.cases import CaseState
from moderation.screening import Level

PAGE = 50  # cases a page
LATEST = 50  # of what the team told a person

_URGENCY: ColumnElement[int] = sql_case({level.value: -level.rank for level in Level}, value=Case.level)


@dataclass(frozen=True)
class CaseRow:
    """A case as it stands in the queue: everything that says who should look and when, and none of the words."""

    id: int
    level: Level
    level_words: str
    due_at: datetime
    has_clock: bool  # else it stands in the lane of words that the machine does not read
    overdue: bool
    due_words: str
    space_name: str
    categories: list[str]
    held_by: str | None
    held_by_me: bool
    held_until: datetime | None
    author_name: str
    state: CaseState
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Lane:
    """Cases of words that the machine does not read: the first of them, and how many there are."""

    cases: list[CaseRow]
    count: int


@dataclass(frozen=True)
class BeingRead:
    """A text whose first look suggests danger and that the screener has not finished."""

    level: Level
    level_words: str
    space_name: str
    post_url: str | None
    saved_at: datetime


@dataclass(frozen=True)
class FindingView:
    """One finding in plain words; `number` stands beside its place in the text."""

    number: int
    words: str
    reason: str


@dataclass(frozen=True)
class SignalView:
    """One reason for the case, with the words as they stood; the findings' ids begin with `name`."""

    name: str
    kind: SignalKind
    kind_words: str
    level: Level
    level_words: str
    at: datetime
    version_number: int
    marked_html: str
    findings: list[FindingView]
    erased_at: datetime | None


@dataclass(frozen=True)
class DecisionView:
    """What was decided, as the desk and the author see it."""

    post_id: int | None
    kind: DecisionKind
    kind_words: str
    decided_at: datetime
    by_name: str
    rule_title: str | None
    reason_html: str | None
    thread_id: int | None


@dataclass(frozen=True)
class ReachOutRow:
    """A private thread between a person and the team."""

    thread_id: int
    space_name: str
    last_post_at: datetime


@dataclass(frozen=True)
class CasePage:
    """A case in full: its signals with the words, the conversation around, and what may be decided."""

    case: CaseRow
    fence: int
    signals: list[SignalView]
    decisions: list[DecisionView]
    post_id: int | None  # the post that the case is about; a title's is the opening post
    post_url: str | None
    around: list[PostView]
    rules: list[Rule]
    can_hide: bool
    can_note: bool
    can_reach_out: bool
    marked: str  # what was last said of the machine's reading, in words; nothing when nobody did
    can_mark: bool


def found(actor: Actor, case_id: int, *, lock: bool = False) -> Case:
    """The case's row, or NotFound: nobody but its moderators can tell it from a missing one."""
    rows = select(Case).where(Case.id == case_id)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    a_case = session.scalars(rows).one_or_none()
    if a_case is None or not policy.allows(actor, Permission.WORK_CASE, a_case):
        raise NotFound()
    return a_case


def open_cases(actor: Actor, after: int | None = None) -> list[CaseRow]:
    """What waits on this person's desks by the clock, the most pressing first; `after` is the last case of the page
    before."""
    policy.require(actor, Permission.SEE_DESK)
    waiting = _rows().where(
        Case.closed_at.is_(None), Case.due_at < cases.NO_CLOCK, policy.desk_spaces(actor, Case.space_id)
    )
    if after is not None:
        waiting = waiting.where(_comes_after(found(actor, after)))
    rows = session.execute(waiting.order_by(_URGENCY, Case.due_at, Case.id).limit(PAGE)).all()
    signals: dict[int, list[Signal]] = {row[0].id: [] for row in rows}
    for signal in session.scalars(select(Signal).where(Signal.case_id.in_(signals)).order_by(Signal.id)):
        signals[signal.case_id].append(signal)
    return [_row(actor, row, signals[row[0].id]) for row in rows]


def in_other_languages(actor: Actor) -> Lane:
    """Words on this person's desks that wait for somebody who reads their language, the oldest first: without a
    clock, and never said to be well."""
    policy.require(actor, Permission.SEE_DESK)
    rows = session.execute(
        _rows()
        .add_columns(func.count().over())
        .where(
            Case.closed_at.is_(None), Case.due_at == cases.NO_CLOCK, policy.desk_spaces(actor, Case.space_id)
        )
        .order_by(Case.id)
        .limit(PAGE)
    ).all()
    return Lane([_row(actor, row[:-1], []) for row in rows], rows[0][-1] if rows else 0)


def being_read(actor: Actor) -> list[BeingRead]:
    """Texts that look dangerous at first sight and stand in no case as pressing as that: shown from their commit
    on, also while the screener or the broker is away."""
    policy.require(actor, Permission.SEE_DESK)
    said, titled, opening, noted = aliased(Post), aliased(Thread), aliased(Post), aliased(Post)
    stands = exists().where(
        Case.text_id == Screening.text_id,
        Case.closed_at.is_(None),
        or_(Case.level == Level.CRISIS, Case.level == Screening.seen_level),
    )
    rows = (
        _with_posts(
            select(Screening.seen_level, Screening.saved_at, Space.name, said, opening, noted).join(
                Space, Space.id == Screening.space_id
            ),
            Screening.text_id,
            said,
            titled,
            opening,
            noted,
        )
        .where(
            literal_column("screenings.state <> 'done'"),  # word for word what the partial index says
            Screening.seen_level.in_([Level.RED, Level.CRISIS]),
            ~stands,
            policy.desk_spaces(actor, Screening.space_id),
        )
        .order_by(
            sql_case((Screening.seen_level == Level.CRISIS, 0), else_=1), Screening.saved_at, Screening.id
        )
        .limit(PAGE)
    )
    return [
        BeingRead(level, wording.LEVEL_WORDS[level], space_name, _url(post or first or about), saved_at)
        for level, saved_at, space_name, post, first, about in session.execute(rows).all()
    ]


def case(actor: Actor, case_id: int) -> CasePage:
    """One case in full, or NotFound."""
    row = session.execute(_rows().where(Case.id == case_id)).one_or_none()
    if row is None or not policy.allows(actor, Permission.WORK_CASE, row[0]):
        raise NotFound()
    a_case, words = row[0], row[1]
    signals = _signals_of(a_case.id)
    post = threads.post_of_text(words.id)
    thread = threads.thread(actor, post.thread_id) if post else None
    mark = last_mark(a_case.id)
    shown = a_case.closed_at is None or words.withdrawn_at is None or cases.is_urgent(words.worst_level)
    return CasePage(
        _row(actor, row, [signal for signal, _ in signals]),
        a_case.fence,
        [_signal(signal, version, shown=shown) for signal, version in signals],
        _decisions(Decision.case_id == a_case.id),
        post.id if post else None,
        _url(post),
        threads.around(post.thread_id, post.position) if post else [],
        agreements.rules_of(post.agreement_version_id) if post and post.agreement_version_id else [],
        can_hide=can_be_hidden(post, thread) and post is not None and post.author_id == words.author_id,
        can_note=post is not None and post.state is PostState.PUBLISHED,
        can_reach_out=words.author_id != actor.user_id,
        marked=wording.MARK_WORDS[mark.said] if mark else "",
        can_mark=any(version.erased_at is None for _, version in signals),
    )


def last_mark(case_id: int) -> Label | None:
    """What was last said in so many words about the machine's reading behind this case: that counts."""
    marks = select(Label).where(Label.case_id == case_id, Label.said.in_(wording.MARK_WORDS))
    return session.scalars(marks.order_by(Label.id.desc()).limit(1)).first()


def can_be_hidden(post: Post | None, thread: Thread | None) -> bool:
    """Whether hiding would change anything: a published post that others can read, written under an agreement."""
    return (
        post is not None
        and thread is not None
        and thread.kind is ThreadKind.CONVERSATION
        and post.state is PostState.PUBLISHED
        and post.agreement_version_id is not None
    )


def reach_outs(actor: Actor) -> list[ReachOutRow]:
    """The person's own threads with the team, the latest first."""
    rows = (
        select(Thread.id, Space.name, Thread.last_post_at)
        .join(Space, Space.id == Thread.space_id)
        .where(
            Thread.kind == ThreadKind.REACH_OUT,
            Thread.person_id == actor.user_id,
            policy.readable_threads(actor),
        )
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(LATEST)
    )
    return [ReachOutRow(*row) for row in session.execute(rows).all()]


def decisions_about(actor: Actor) -> list[DecisionView]:
    """What was decided about the person's own words and told to them, the latest first."""
    return _decisions(Text.author_id == actor.user_id, Decision.kind == DecisionKind.HIDE)


def decision_about(post: Post) -> DecisionView | None:
    """Why this post, or the thread that it opens, is hidden; for its author's own page."""
    if post.state is not PostState.HIDDEN:
        return None
    texts = [post.text_id, post.thread.title_id] if post.position == 1 else [post.text_id]
    notes = select(ContentNote.text_id).where(ContentNote.post_id == post.id)
    about = or_(Case.text_id.in_(texts), Case.text_id.in_(notes))
    return next(iter(_decisions(about, Decision.kind == DecisionKind.HIDE)), None)


def _rows() -> Select[*tuple[Any, ...]]:
    author, holder = aliased(User), aliased(User)
    return (
        select(Case, Text, Space.name, author.name, holder.name)
        .join(Text, Text.id == Case.text_id)
        .join(Space, Space.id == Case.space_id)
        .join(author, author.id == Text.author_id)
        .outerjoin(holder, holder.id == Case.holder_id)
    )


def _comes_after(last: Case) -> ColumnElement[bool]:
    urgency = -last.level.rank
    later = or_(Case.due_at > last.due_at, (Case.due_at == last.due_at) & (Case.id > last.id))
    return or_(urgency < _URGENCY, and_(urgency <= _URGENCY, later))


def _row(actor: Actor, row: Any, signals: Sequence[Signal]) -> CaseRow:
    a_case, _, space_name, author_name, holder_name = row
    moment, has_clock = now(), a_case.due_at != cases.NO_CLOCK
    held = a_case.held_until is not None and a_case.held_until > moment
    findings = (finding for signal in signals for finding in signal.findings)
    return CaseRow(
        a_case.id,
        a_case.level,
        wording.LEVEL_WORDS[a_case.level] if has_clock else wording.UNREAD_LANGUAGE,
        a_case.due_at,
        has_clock,
        overdue=a_case.closed_at is None and a_case.due_at < moment,
        due_words=wording.due_words(a_case.due_at, moment) if has_clock else "",
        space_name=space_name,
        categories=wording.categories_words(findings),
        held_by=holder_name if held else None,
        held_by_me=held and a_case.holder_id == actor.user_id,
        held_until=a_case.held_until if held else None,
        author_name=author_name,
        state=a_case.state,
        opened_at=a_case.opened_at,
        closed_at=a_case.closed_at,
    )


def _signals_of(case_id: int) -> list[tuple[Signal, TextVersion]]:
    rows = (
        select(Signal, TextVersion)
        .join(TextVersion, TextVersion.id == Signal.version_id)
        .where(Signal.case_id == case_id)
        .order_by(Signal.id)
    )
    return [(signal, version) for signal, version in session.execute(rows).all()]


def _signal(signal: Signal, version: TextVersion, *, shown: bool) -> SignalView:
    name = f"signal-{signal.id}"
    findings = [
        FindingView(number, wording.category_words(finding["category"]), finding["reason"])
        for number, finding in enumerate(signal.findings, start=1)
    ]
    return SignalView(
        name,
        signal.kind,
        wording.SIGNAL_WORDS[signal.kind],
        signal.level,
        wording.LEVEL_WORDS[signal.level],
        signal.made_at,
        version.number,
        marked(version.body, signal.findings, name) if shown else wording.NO_LONGER_SHOWN,
        findings,
        version.erased_at,
    )


def _decisions(*which: ColumnElement[bool]) -> list[DecisionView]:
    said, titled, opening, noted = aliased(Post), aliased(Thread), aliased(Post), aliased(Post)
    reason = aliased(Text)
    rows = (
        _with_posts(
            select(Decision, User.name, Rule.title, TextVersion.html, said.id, opening.id, noted.id)
            .join(Case, Case.id == Decision.case_id)
            .join(Text, Text.id == Case.text_id)
            .join(User, User.id == Decision.decided_by)
            .outerjoin(Rule, Rule.id == Decision.rule_id)
            .outerjoin(reason, reason.id == Decision.reason_id)
            .outerjoin(
                TextVersion, (TextVersion.text_id == reason.id) & (TextVersion.number == reason.number)
            ),
            Case.text_id,
            said,
            titled,
            opening,
            noted,
        )
        .where(*which)
        .order_by(Decision.decided_at.desc(), Decision.id.desc())
        .limit(LATEST)
    )
    return [
        DecisionView(
            post_id or opening_id or noted_id,
            decision.kind,
            wording.DECISION_WORDS[decision.kind],
            decision.decided_at,
            by_name,
            rule_title,
            reason_html,
            decision.thread_id,
        )
        for decision, by_name, rule_title, reason_html, post_id, opening_id, noted_id in session.execute(
            rows
        ).all()
    ]


def _with_posts(
    rows: Select[*tuple[Any, ...]], text_id: Any, said: Any, titled: Any, opening: Any, noted: Any
) -> Select[*tuple[Any, ...]]:
    """`rows` with the post whose words the text is (`said`), whose thread's title (`opening`) or note (`noted`)."""
    return (
        rows.outerjoin(said, said.text_id == text_id)
        .outerjoin(titled, titled.title_id == text_id)
        .outerjoin(opening, (opening.thread_id == titled.id) & (opening.position == 1))
        .outerjoin(ContentNote, ContentNote.text_id == text_id)
        .outerjoin(noted, noted.id == ContentNote.post_id)
    )


def _url(post: Post | None) -> str | None:
    return f"/threads/{post.thread_id}?after={post.position - 1}#post-{post.id}" if post else None
