"""What a lead does with communities: making them, describing them, and saying who looks after them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum import audit, policy
from forum.accounts import service as accounts
from forum.agreements import service as agreements
from forum.agreements.starting import STARTING_RULES, RuleDraft
from forum.communities import queries
from forum.db import now, session, transactional
from forum.errors import Invalid
from forum.policy import Actor, Permission
from forum.spaces import queries as spaces
from forum.spaces import service as members
from forum.spaces.models import Membership, Role, Space

LONGEST_NAME = 80
LONGEST_SLUG = 60
LONGEST_WORDS = 1000  # characters of a purpose, or of any part of a rule
LONGEST_TITLE = 120
OLDEST = 99  # years that a community may ask for


@dataclass(frozen=True)
class Description:
    """What a community says of itself, and who may read it. `minimum_age` None: the site's."""

    name: str
    purpose: str
    for_whom: str
    is_open: bool = True
    minimum_age: int | None = None


@dataclass(frozen=True)
class Plan(Description):
    """A community before it is made. Organisers and moderators by pseudonym; an empty slug is made of the name."""

    slug: str = ""
    organisers: Sequence[str] = ()
    moderators: Sequence[str] = ()
    rules: Sequence[RuleDraft] = STARTING_RULES


def make(actor: Actor, plan: Plan) -> Space:
    """Make a community with the first version of its agreement and those who look after it; for leads.

    Raises Invalid, naming the field, for what cannot be taken as it is.
    """
    policy.require(actor, Permission.KEEP_SITE)
    described = _checked(plan)
    slug = _checked_slug(plan.slug.strip() or slug_of(described.name))
    rules = _checked_rules(plan.rules)
    roles = _roles_of(plan)
    assert actor.user_id is not None
    try:
        return _made(actor.user_id, described, slug, rules, roles)
    except IntegrityError:
        raise Invalid(
            f"There is a community at the address ‘{slug}’ already. Please write another address.",
            field="slug",
        ) from None


def describe(actor: Actor, slug: str, description: Description) -> Space:
    """Change what a community says of itself and who may read it; for leads. Once closed, visitors hear no more."""
    space = queries.community(actor, slug)
    return _described(actor, space.id, _checked(description))


def give_role(actor: Actor, slug: str, name: str, role: Role) -> Space:
    """Let the person of this pseudonym be a moderator, an organiser, or a plain member again; for leads.

    Who is no member yet becomes one; their agreement is theirs to read.
    """
    space = queries.community(actor, slug)
    user_id = _user_id(name, field="pseudonym")
    return _given(actor, space.id, user_id, role)


def announce_archive(actor: Actor, slug: str, day: str, zone: ZoneInfo, reason: str) -> Space:
    """Say from which day on (YYYY-MM-DD, after today) nothing new will be written there, and why; for leads.

    Reading, one's own edits and withdrawals, the way to the team and the desk's work on its cases go on after that.
    """
    space = queries.community(actor, slug)
    at = _beginning(day, zone)
    if at is None or at <= now():
        raise Invalid("Please choose a day after today, so that people know beforehand.", field="archive_on")
    why = _words(reason, "archive_reason", "Please say why, so that people understand.")
    return _archived(actor, space.id, at, why)


def reopen(actor: Actor, slug: str) -> Space:
    """Let people write in a community again, or go on writing; for leads."""
    space = queries.community(actor, slug)
    return _archived(actor, space.id, None, "")


def slug_of(name: str) -> str:
    """The address that a name makes: small Latin letters and digits with single hyphens; may be empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-")


def _checked(given: Description) -> Description:
    name = " ".join(given.name.split())
    if not slug_of(name) and not any(letter.isalnum() for letter in name):
        raise Invalid("Please give the community a name.", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(
            f"A name has at most {LONGEST_NAME} characters; this one has {len(name)}.", field="name"
        )
    purpose = _words(given.purpose, "purpose", "Please say what the community is there for.")
    for_whom = _words(given.for_whom, "for_whom", "Please say who the community is for.")
    return Description(name, purpose, for_whom, given.is_open, _checked_age(given.minimum_age))


def _checked_age(age: int | None) -> int | None:
    least = spaces.site_minimum_age()
    if age is None or age == least:
        return None  # it follows the site's when that changes
    if not least < age <= OLDEST:
        raise Invalid(
            f"Everybody here is at least {least}. Please write that age, or a higher one.",
            field="minimum_age",
        )
    return age


def _words(typed: str, field: str, when_missing: str) -> str:
    words = typed.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise Invalid(when_missing, field=field)
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"This has {len(words):,} characters; {LONGEST_WORDS:,} fit here.", field=field)
    return words


def _checked_slug(slug: str) -> str:
    if not slug:
        raise Invalid(
            "No address can be made of this name. Please write one, in small letters from a to z.",
            field="slug",
        )
    if len(slug) > LONGEST_SLUG or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise Invalid(
            f"An address has small letters from a to z, digits and single hyphens, {LONGEST_SLUG} at most.",
            field="slug",
        )
    return slug


def _checked_rules(rules: Sequence[RuleDraft]) -> list[RuleDraft]:
    kept = [rule for rule in rules if any((rule.title, rule.meaning, rule.why, rule.how))]
    if not kept:
        raise Invalid(
            "Please keep at least one rule: people agree to something when they join.", field="rules"
        )
    for rule in kept:
        if not rule.title:
            raise Invalid("Every rule needs a few words as its title.", field="rules")
        if len(rule.title) > LONGEST_TITLE:
            raise Invalid(f"The title of a rule has at most {LONGEST_TITLE} characters.", field="rules")
        if any(len(part) > LONGEST_WORDS for part in (rule.meaning, rule.why, rule.how)):
            raise Invalid(f"Each part of a rule has at most {LONGEST_WORDS:,} characters.", field="rules")
    return kept


def _roles_of(plan: Plan) -> dict[int, Role]:
    organisers = {_user_id(name, field="organisers"): name for name in plan.organisers if name.strip()}
    moderators = {_user_id(name, field="moderators"): name for name in plan.moderators if name.strip()}
    for twice in organisers.keys() & moderators.keys():
        raise Invalid(
            f"{organisers[twice].strip()} stands in both lists. Please choose one: a person has one role here.",
            field="moderators",
        )
    return dict.fromkeys(organisers, Role.ORGANISER) | dict.fromkeys(moderators, Role.MODERATOR)


def _beginning(day: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(), zone)
    except ValueError:
        return None


def _user_id(name: str, *, field: str) -> int:
    found = accounts.named(name)
    if found is None:
        raise Invalid(
            f"Nobody here is called ‘{name.strip()[:40]}’. Please look at the spelling.", field=field
        )
    return found.id


@transactional
def _made(
    by_id: int, described: Description, slug: str, rules: list[RuleDraft], roles: dict[int, Role]
) -> Space:
    space = Space(
        slug=slug,
        name=described.name,
        purpose=described.purpose,
        for_whom=described.for_whom,
        is_open=described.is_open,
        minimum_age=described.minimum_age,
        created_at=now(),
    )
    session.add(space)
    session.flush()
    agreements.begin(space.id, rules)
    audit.record(by_id, "create", "space", space.id, space_id=space.id)
    for user_id, role in roles.items():
        session.add(Membership(user_id=user_id, space_id=space.id, role=role, began_at=now()))
        _changed_rights(by_id, space.id, user_id, role)
    return space


@transactional
def _described(actor: Actor, space_id: int, described: Description) -> Space:
    space = session.get_one(Space, space_id, with_for_update=True, populate_existing=True)
    was_open = space.is_open
    changed = [part for part, value in vars(described).items() if getattr(space, part) != value]
    for part in changed:
        setattr(space, part, getattr(described, part))
    if was_open and not space.is_open:
        members.lessen_audience(space)
    if changed:
        audit.record(
            actor.user_id, "describe", "space", space.id, space_id=space.id, detail=" ".join(changed)
        )
    return space


@transactional
def _archived(actor: Actor, space_id: int, at: datetime | None, reason: str) -> Space:
    space = session.get_one(Space, space_id, with_for_update=True, populate_existing=True)
    if (space.archive_at, space.archive_reason) == (at, reason):
        return space  # the same form sent twice
    space.archive_at, space.archive_reason = at, reason
    act, when = ("archive", f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC") if at else ("reopen", "")
    audit.record(actor.user_id, act, "space", space.id, space_id=space.id, detail=when)
    return space


@transactional
def _given(actor: Actor, space_id: int, user_id: int, role: Role) -> Space:
    space = session.get_one(Space, space_id, with_for_update=True, populate_existing=True)
    membership = session.scalars(
        select(Membership).where(
            Membership.user_id == user_id, Membership.space_id == space_id, Membership.ended_at.is_(None)
        )
    ).one_or_none()
    before = membership.role if membership is not None else None
    if before is role:
        return space  # the same form sent twice
    if membership is None:
        membership = Membership(user_id=user_id, space_id=space_id, began_at=now())
        session.add(membership)
    membership.role = role
    if before is Role.MODERATOR:
        members.lessen_audience(space)  # desk and private threads are open to them no more
    _changed_rights(actor.user_id, space_id, user_id, role)
    return space


def _changed_rights(by_id: int | None, space_id: int, user_id: int, role: Role) -> None:
    accounts.rights_changed(user_id)
    audit.record(by_id, "give_role", "user", user_id, space_id=space_id, detail=role.value)
