"""Choosing how the site's screener reads, and which one. Nothing is overwritten: each save is one more version, and
audited. Nothing changes by itself."""

import re
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from forum import audit, db, policy, screeners
from forum.db import now, session, transactional
from forum.errors import Conflict, Invalid
from forum.learning import queries, shadow
from forum.policy import Actor, Permission
from forum.screeners import Candidate, CandidateFile, Choices, ScreenerVersion
from moderation.screening import Screener, lost_crises
from moderation.screening.candidate import screener_of, whole, wrong_examples

LOWEST, HIGHEST = (
    0.01,
    0.95,
)  # that a cut may be; a model that may never say anything is no second pair of eyes
LONGEST_OWN_WORDS = 20_000  # characters
LARGEST = 10_000_000  # bytes of a candidate
SHIPPED = "shipped"  # what reads when no candidate does
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def choose(actor: Actor, new: Choices) -> list[str]:
    """Save `new` on top of the save it was made from (`new.number`); the names of what changed.

    Raises Invalid with what is wrong, and Conflict when somebody saved meanwhile. What the lexicon calls a crisis
    stays one, whatever is chosen.
    """
    policy.require(actor, Permission.KEEP_SITE)
    old = screeners.choices_as_saved()
    words = new.own_words.replace("\x00", "").replace("\r\n", "\n").strip()
    new = replace(new, own_words=words, candidate_id=old.candidate_id)
    changed = queries.changes(old, new)
    if not changed:
        return []
    _check(new)
    if new.number != old.number:
        raise Conflict(
            "Somebody else changed this meanwhile. What you wrote is below; please look at what they saved first."
        )
    _save(actor, new, "choose_screener", " ".join(changed))
    return changed


def add_candidate(actor: Actor, name: str, files: Mapping[str, bytes], days: int) -> Candidate:
    """Have a lexicon, a model or both read along in the background, from `days` ago on; nothing that it says counts.

    What it does not replace is what ships today. Raises Invalid where the files are none, an example does not hold,
    or it would not call a crisis what ships calls one.
    """
    policy.require(actor, Permission.KEEP_SITE)
    if not _NAME.fullmatch(name):
        raise Invalid("Please name it in small letters, digits and hyphens, 40 at most.", field="name")
    if name == SHIPPED or session.scalars(_named(name)).first() is not None:
        raise Invalid(f"There is a candidate named {name} already.", field="name")
    try:
        every = whole(files)
        if sum(map(len, every.values())) > LARGEST:
            raise Invalid(f"The files are larger than {LARGEST // 1_000_000} MB together.", field="files")
        screener = screener_of(every, screeners.choices_as_saved().own_words)
        kept = {file: screeners.packed(file, content) for file, content in every.items()}
    except ValueError as wrong:
        raise Invalid(
            f"These files make no screener with the words of this site: {wrong}.", field="files"
        ) from None
    _refuse_lost_crises(screener)
    if untrue := wrong_examples(screener):
        raise Invalid(f"Examples do not hold: {', '.join(untrue)}.", field="files")
    assert actor.user_id is not None
    return _added(actor.user_id, name, kept, shadow.beginning(days))


def make_live(actor: Actor, name: str) -> None:
    """Let this candidate read from now on, or again what ships (`shipped`), with the cuts and words of the site.

    Raises Invalid when there is none, or when it would not call a crisis what ships calls one.
    """
    policy.require(actor, Permission.KEEP_SITE)
    old = screeners.choices_as_saved()
    candidate = None if name == SHIPPED else candidate_named(name)
    new = replace(old, candidate_id=candidate.id if candidate else None)
    if new == old:
        raise Invalid(f"{name} reads already.", field="name")
    try:
        _refuse_lost_crises(screeners.made(new))
    except ValueError as wrong:
        raise Invalid(f"It cannot read with the words of this site: {wrong}.", field="name") from None
    _save(actor, new, "make_live", f"candidate {candidate.id}" if candidate else SHIPPED)


@transactional
def drop_candidate(actor: Actor, name: str) -> None:
    """Have it read along no more; what it read is kept for its time."""
    policy.require(actor, Permission.KEEP_SITE)
    candidate = candidate_named(name)
    if candidate.ended_at is None:
        candidate.ended_at = now()
        audit.record(actor.user_id, "drop_candidate", "candidate", candidate.id)


def candidate_named(name: str | None) -> Candidate:
    """The candidate of this name, or the last one; Invalid names those that there are."""
    newest = select(Candidate).order_by(Candidate.id.desc())
    found = session.scalars(_named(name) if name else newest).first()
    if found is None:
        names = ", ".join(one.name for one in session.scalars(newest)) or "nobody yet"
        raise Invalid(f"Which candidate? There is {names}.", field="name")
    return found


def _refuse_lost_crises(screener: Screener) -> None:
    if lost := lost_crises(screener):
        raise Invalid(f"It would miss danger that comes with the software: {', '.join(lost)}.", field="files")


def _named(name: str) -> Select[Candidate]:
    return select(Candidate).where(Candidate.name == name)


@transactional
def _added(by_id: int, name: str, files: Mapping[str, str], up_to_id: int) -> Candidate:
    candidate = Candidate(name=name, added_at=now(), by_id=by_id, up_to_id=up_to_id)
    session.add(candidate)
    session.flush()
    session.add_all(
        CandidateFile(candidate_id=candidate.id, name=file, content=content)
        for file, content in files.items()
    )
    audit.record(by_id, "add_candidate", "candidate", candidate.id)
    return candidate


def _check(new: Choices) -> None:
    for name, cut in (("amber", new.amber), ("red", new.red)):
        if cut is not None and not LOWEST <= cut <= HIGHEST:
            raise Invalid(
                f"Please write a number from {LOWEST:.0%} to {HIGHEST:.0%}, or nothing.".replace("%", " %"),
                field=name,
            )
    if new.amber is not None and new.red is not None and new.red < new.amber:
        raise Invalid("Red cannot come before amber: please write a higher number here.", field="red")
    if len(new.own_words) > LONGEST_OWN_WORDS:
        raise Invalid(f"Please use at most {LONGEST_OWN_WORDS:,} characters.", field="own_words")
    try:
        made = screeners.made(new)
    except ValueError as wrong:
        raise Invalid(
            f"These words cannot be used yet, so nothing was saved. What is wrong: {wrong}.",
            field="own_words",
        ) from None
    if lost := lost_crises(made):
        raise Invalid(
            f"With these words the machine would miss danger that it knows of ({', '.join(lost)}).",
            field="own_words",
        )


def _save(actor: Actor, new: Choices, act: str, detail: str) -> None:
    assert actor.user_id is not None
    try:
        _saved(actor.user_id, new, act, detail)
    except IntegrityError:
        raise Conflict("Somebody else saved at the same moment. Please send it again.") from None


@transactional
def _saved(by_id: int, new: Choices, act: str, detail: str) -> None:
    version = ScreenerVersion(
        number=new.number + 1,
        at=now(),
        by_id=by_id,
        amber=new.amber,
        red=new.red,
        own_words=new.own_words,
        candidate_id=new.candidate_id,
    )
    session.add(version)
    session.flush()
    audit.record(by_id, act, "screener", version.id, detail=detail)
    db.after_commit(screeners.forget)
