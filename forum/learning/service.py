"""Choosing how the site's screener reads. Nothing is overwritten: each save is one more version, and audited."""

from sqlalchemy.exc import IntegrityError

from forum import audit, db, policy, screeners
from forum.db import now, session, transactional
from forum.errors import Conflict, Invalid
from forum.learning import queries
from forum.policy import Actor, Permission
from forum.screeners import Choices, ScreenerVersion
from moderation.screening import lost_crises

LOWEST, HIGHEST = (
    0.01,
    0.95,
)  # that a cut may be; a model that may never say anything is no second pair of eyes
LONGEST_OWN_WORDS = 20_000  # characters


def choose(actor: Actor, new: Choices) -> list[str]:
    """Save `new` on top of the save it was made from (`new.number`); the names of what changed.

    Raises Invalid with what is wrong, and Conflict when somebody saved meanwhile. What the lexicon calls a crisis
    stays one, whatever is chosen.
    """
    policy.require(actor, Permission.KEEP_SITE)
    old = screeners.choices_as_saved()
    words = new.own_words.replace("\x00", "").replace("\r\n", "\n").strip()
    changed = queries.changes(old, new := Choices(new.amber, new.red, words, new.number))
    if not changed:
        return []
    _check(new)
    if new.number != old.number:
        raise Conflict(
            "Somebody else changed this meanwhile. What you wrote is below; please look at what they saved first."
        )
    assert actor.user_id is not None
    try:
        _saved(actor.user_id, new, changed)
    except IntegrityError:
        raise Conflict("Somebody else saved at the same moment. Please send it again.") from None
    return changed


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


@transactional
def _saved(by_id: int, new: Choices, changed: list[str]) -> None:
    version = ScreenerVersion(
        number=new.number + 1, at=now(), by_id=by_id, amber=new.amber, red=new.red, own_words=new.own_words
    )
    session.add(version)
    session.flush()
    audit.record(by_id, "choose_screener", "screener", version.id, detail=" ".join(changed))
    db.after_commit(screeners.forget)
