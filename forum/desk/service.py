"""Working the desk: reading by the machine opens and feeds cases, people claim and decide them.

Rows are locked in one order everywhere: thread, text, case, user; so nobody waits in a circle.
"""

import logging
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum import audit, policy, screeners, texts
from forum.accounts import service as accounts
from forum.accounts.models import User
from forum.agreements.models import Rule
from forum.db import now, session, transactional
from forum.desk import labels, queries, signals, wording
from forum.desk.models import Case, Decision, DecisionKind, Said, SignalKind
from forum.desk.surroundings import around
from forum.errors import Conflict, Invalid
from forum.policy import Actor, Permission
from forum.spaces import queries as spaces
from forum.spaces.models import Space
from forum.texts import Draft, Reading, Text, TextKind, TextVersion
from forum.threads import queries as thread_queries
from forum.threads import service as threads
from forum.threads.models import Post, Thread
from moderation import cases, screening
from moderation.cases import Move
from moderation.screening import Level

FROM_TEAM = "A message from the team"
TO_TEAM = "To the team"


def screen(screening_id: int) -> None:
    """Read one version of a text and put it on the desk if somebody should look. Twice, late or lost is harmless."""
    reading = texts.taken(screening_id)
    if reading is None:
        return
    result = _judged(reading)
    result = screening.raised(result, around(reading.screening_id, result.level), reading.body)
    try:
        _filled(reading, result)
    except IntegrityError:
        _filled(reading, result)  # somebody opened a case for this text a moment ago: feed that one


def read_again(screening_id: int) -> bool:
    """Read words that stand in an open case once more, with the screener of today; whether the case knows more now.

    What was said before is never lowered, and a text that cannot be read now stays as it was read.
    """
    reading = texts.read_before(screening_id)
    if reading is None:
        return False
    result = _judged(reading)
    if any(finding.category == "unread" for finding in result.findings):
        return False
    result = screening.raised(result, around(screening_id, result.level), reading.body)
    return _raised(reading, result)


@transactional
def note_withdrawal(text_id: int) -> None:
    """Words that suggested danger were taken back: that is a sign of its own. Saying it twice says it once."""
    words = session.get_one(Text, text_id, with_for_update=True, populate_existing=True)
    if words.withdrawn_at is not None and cases.is_urgent(words.worst_level):
        version_id = session.scalars(
            select(TextVersion.id).where(TextVersion.text_id == words.id, TextVersion.number == words.number)
        ).one()
        signals.feed(
            words, signals.Sign(SignalKind.WITHDRAWAL, version_id, cases.AFTER_DANGER, [], words.withdrawn_at)
        )


@transactional
def claim(actor: Actor, case_id: int) -> Case:
    """Hold a case for a while; Conflict says who holds it already.

    Claiming what one holds prolongs it and keeps the fence, so that a form open in another window still counts.
    """
    case = queries.found(actor, case_id, lock=True)
    signals.move(case, Move.CLAIM)
    moment = now()
    if (
        case.holder_id not in (None, actor.user_id)
        and case.held_until is not None
        and case.held_until > moment
    ):
        raise Conflict(wording.held_words(_name(case.holder_id), case.held_until, moment))
    case.held_until = moment + cases.HELD_FOR[case.level]
    if case.holder_id == actor.user_id:
        return case
    case.holder_id = actor.user_id
    case.fence += 1
    audit.record(
        actor.user_id, "claim", "case", case.id, space_id=case.space_id, detail=f"fence {case.fence}"
    )
    signals.tell_desk(case, "claimed")
    return case


@transactional
def release(actor: Actor, case_id: int, fence: int) -> Case:
    """Let go of a case, so that others need not wait for the claim to lapse."""
    case = queries.found(actor, case_id, lock=True)
    if case.holder_id is None:
        return case  # the same form sent twice
    _require_hold(case, actor, fence)
    signals.move(case, Move.RELEASE)
    case.holder_id = case.held_until = None
    audit.record(actor.user_id, "release", "case", case.id, space_id=case.space_id, detail=f"fence {fence}")
    signals.tell_desk(case, "released")
    return case


@transactional
def raise_level(actor: Actor, case_id: int, fence: int, level: Level) -> Case:
    """A moderator sees more danger than the machine did; Invalid unless the level is red or crisis and higher.

    The author is offered care as if the machine had seen it.
    """
    case = queries.found(actor, case_id)
    words = session.get_one(Text, case.text_id, with_for_update=True, populate_existing=True)
    case = queries.found(actor, case_id, lock=True)
    if level is case.level:
        return case  # the same form sent twice
    _require_hold(case, actor, fence)
    if not cases.is_urgent(level) or level.rank < case.level.rank:
        raise Invalid("A level can only be raised, to red or to crisis.", field="level")
    was_urgent = cases.is_urgent(case.level)
    version_id = session.scalars(
        select(TextVersion.id).where(TextVersion.text_id == words.id, TextVersion.number == words.number)
    ).one()
    words.worst_level = Level.highest(words.worst_level, level)
    labels.kept(actor, case, Said.RAISED, level)
    signals.feed(words, signals.Sign(SignalKind.MODERATOR, version_id, level, [], now()))
    audit.record(actor.user_id, "raise", "case", case.id, space_id=case.space_id, detail=f"to {level.value}")
    if not was_urgent:
        signals.offer_care(words)
    return case


def decide(
    actor: Actor,
    case_id: int,
    fence: int,
    kind: DecisionKind,
    *,
    rule_id: int | None = None,
    reason: str = "",
    message: str = "",
    form_key: str,
) -> Decision:
    """Close a case with what was done about it; the same form sent twice is one decision.

    Hiding cites a rule that the words were written under and gives a reason that the author reads; care cites
    none. Invalid names the field; Conflict when the claim is not this person's any more.
    """
    queries.found(actor, case_id)
    threads.check_key(form_key)
    if kind is not DecisionKind.HIDE and rule_id is not None:
        raise Invalid(
            "Care cites no rule. Please leave the rule empty, or choose to hide the post.", field="rule_id"
        )
    words = None
    if kind is DecisionKind.REACH_OUT:
        words = texts.drafted(message, field="message")
    if kind is DecisionKind.HIDE:
        if rule_id is None:
            raise Invalid("Please choose the rule that this is about.", field="rule_id")
        words = texts.drafted(reason, field="reason")
    drafts = [words] if words is not None else []
    key = threads.key_of(form_key, f"case {case_id} {kind.value}", *drafts)
    return _decided(actor, case_id, fence, kind, rule_id, words, key)


def write_to_team(actor: Actor, slug: str, body: str, form_key: str) -> Post:
    """Give words to the team privately; the same form sent twice is one thread. Returns its opening post."""
    space = spaces.space(actor, slug)
    policy.require(actor, Permission.WRITE_TO_TEAM, space, known_by=Permission.SEE_SPACE)
    draft = texts.drafted(body)
    threads.check_key(form_key)
    assert actor.user_id is not None
    user_id, space_id = actor.user_id, space.id
    key = threads.key_of(form_key, f"team {space_id}", draft)
    try:
        return _given(user_id, space_id, draft, key)
    except IntegrityError:
        return _given(user_id, space_id, draft, key)  # the same form, a moment ago, in the other process


@transactional
def opened_from_team(actor: Actor) -> None:
    """The person has seen what the team told them."""
    if actor.user_id is not None:
        session.get_one(User, actor.user_id).team_wrote_at = None


def _judged(reading: Reading) -> screening.Screening:
    """What the screener says, never below the first look; whatever goes wrong, a person reads the text instead."""
    first = reading.seen or screening.unread(reading.body, None)
    if reading.exhausted:
        return screening.unread(reading.body, reading.seen)
    try:
        result = screeners.live().screen(reading.body)
        if texts.is_sound(result, reading.body):
            return _not_below(first, result)
        trouble = "nonsense"
    except Exception as broken:  # a crash, or the time limit of whoever asked
        trouble = type(broken).__name__
    logging.getLogger(__name__).warning(
        "screening_failed screening=%s kind=%s", reading.screening_id, trouble
    )
    return screening.unread(reading.body, reading.seen)


def _not_below(first: screening.Screening, result: screening.Screening) -> screening.Screening:
    if result.level.rank >= first.level.rank:
        return result
    return replace(
        result,
        level=first.level,
        findings=(*first.findings, *result.findings),
        score=max(result.score, first.score, first.level.least_score),
    )


@transactional
def _filled(reading: Reading, result: screening.Screening) -> None:
    done = texts.filled(reading, result)
    if done is None:
        return  # another reader was given the text meanwhile
    session.flush()
    words = session.get_one(Text, done.text_id)
    for sign in signals.signs_of(words):
        signals.feed(words, sign)
    if cases.is_urgent(result.level) and not cases.is_urgent(done.seen_level):
        signals.offer_care(words)
    note_withdrawal(words.id)


@transactional
def _raised(reading: Reading, result: screening.Screening) -> bool:
    assert reading.seen is not None
    is_open = select(Case.id).join(texts.Screening, texts.Screening.text_id == Case.text_id)
    if not session.scalars(
        is_open.where(texts.Screening.id == reading.screening_id, Case.closed_at.is_(None))
    ).first():
        return False  # somebody read the words and decided meanwhile
    done = texts.raised(reading, result)
    if done is None:
        return False
    session.flush()
    words = session.get_one(Text, done.text_id)
    for sign in signals.signs_of(words):
        signals.feed(words, sign)
    if cases.is_urgent(result.level) and not cases.is_urgent(reading.seen.level):
        signals.offer_care(words)
    return True


@transactional
def _decided(
    actor: Actor,
    case_id: int,
    fence: int,
    kind: DecisionKind,
    rule_id: int | None,
    words: Draft | None,
    form_key: str,
) -> Decision:
    assert actor.user_id is not None
    post, thread = _locked_post(case_id)
    case = queries.found(actor, case_id, lock=True)
    made = session.scalars(
        select(Decision).where(Decision.decided_by == actor.user_id, Decision.form_key == form_key)
    ).one_or_none()
    if made is not None:
        return made
    _require_hold(case, actor, fence)
    signals.move(case, Move.CLOSE)
    decision = Decision(
        case_id=case.id, kind=kind, decided_by=actor.user_id, form_key=form_key, decided_at=now()
    )
    author_id = session.get_one(Text, case.text_id).author_id
    if kind is DecisionKind.REACH_OUT and words is not None:
        _reach_out(decision, case.space_id, author_id, thread, words)
    if kind is DecisionKind.HIDE and words is not None:
        its_own = (
            post if post is not None and post.author_id == author_id else None
        )  # not a moderator's note on it
        _hide(decision, case.space_id, its_own, thread, rule_id, words)
        accounts.tell(author_id)
    session.add(decision)
    labels.kept(actor, case, labels.said_by(kind))
    case.closed_at, case.holder_id, case.held_until = now(), None, None
    audit.record(
        actor.user_id,
        kind.value,
        "case",
        case.id,
        space_id=case.space_id,
        detail=f"fence {fence}" + (f" rule {rule_id}" if rule_id else ""),
    )
    signals.tell_desk(case, "closed")
    session.flush()
    return decision


def _locked_post(case_id: int) -> tuple[Post | None, Thread | None]:
    """The post that the case is about, its thread locked before the case, as every writer of posts does."""
    text_id = session.scalars(select(Case.text_id).where(Case.id == case_id)).one()
    post = thread_queries.post_of_text(text_id)
    if post is None:
        return None, None
    thread = session.get_one(Thread, post.thread_id, with_for_update=True, populate_existing=True)
    session.refresh(post)
    return post, thread


def _reach_out(
    decision: Decision, space_id: int, author_id: int, thread: Thread | None, words: Draft
) -> None:
    """Write to the author: in the private thread that the case is about, else in a new one."""
    if author_id == decision.decided_by:
        raise Invalid("These are your own words: there is nobody else to reach out to.", field="kind")
    by, key = decision.decided_by, decision.form_key
    if thread is not None and thread.person_id == author_id:
        decision.thread_id = threads.answer_as_team(by, thread.id, words, key).thread_id
    else:
        said = threads.begin_reach_out(by, space_id, author_id, FROM_TEAM, words, key)
        decision.thread_id = said.thread_id


def _hide(
    decision: Decision,
    space_id: int,
    post: Post | None,
    thread: Thread | None,
    rule_id: int | None,
    words: Draft,
) -> None:
    if post is None or not queries.can_be_hidden(post, thread):
        raise Invalid(
            "There is nothing here that hiding would change: the words were withdrawn or hidden already, "
            "or others cannot read them anyway.",
            field="kind",
        )
    rule = session.scalars(
        select(Rule).where(Rule.id == rule_id, Rule.version_id == post.agreement_version_id)
    ).one_or_none()
    if rule is None:
        raise Invalid(
            "Please choose a rule of the agreement that these words were written under.", field="rule_id"
        )
    epoch = session.get_one(Space, space_id).audience_epoch
    reason = texts.kept(words, TextKind.REASON, author_id=decision.decided_by, space_id=space_id, epoch=epoch)
    decision.rule_id, decision.reason_id = rule.id, reason.id
    threads.hide(post.id, rule.title)


@transactional
def _given(user_id: int, space_id: int, draft: Draft, form_key: str) -> Post:
    made = session.scalars(
        select(Post).where(Post.author_id == user_id, Post.form_key == form_key)
    ).one_or_none()
    return made or threads.begin_reach_out(user_id, space_id, user_id, TO_TEAM, draft, form_key)


def _require_hold(case: Case, actor: Actor, fence: int) -> None:
    """Only the holder with the present fence goes on. A claim that lapsed and that nobody took still counts."""
    if case.holder_id == actor.user_id and case.fence == fence:
        return
    if case.closed_at is not None:
        by = session.scalars(
            select(User.name)
            .join(Decision, Decision.decided_by == User.id)
            .where(Decision.case_id == case.id)
        ).first()
        raise Conflict(f"{by or 'Somebody'} closed this case meanwhile.")
    if case.holder_id == actor.user_id:
        raise Conflict("You claimed this case again since this page was opened. Please look at it afresh.")
    moment = now()
    if case.holder_id is None or case.held_until is None or case.held_until <= moment:
        raise Conflict("Nobody holds this case now. Please claim it first.")
    raise Conflict(wording.held_words(_name(case.holder_id), case.held_until, moment))


def _name(user_id: int | None) -> str:
    return session.get_one(User, user_id).name
