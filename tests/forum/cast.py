"""The people of the tests and where they are: a community that anyone can read, and one for its members only.

Ana and Ben are members of both, Maya and Noor moderate both, Omar organises both; Olu is in none of it, Kim
moderates another community, Lea is the lead, Lou was a member of both and left.
"""

import uuid
from dataclasses import dataclass

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select

from forum import login
from forum.accounts.models import SignIn, SiteRole, User
from forum.accounts.names import name_key
from forum.agreements.models import Acceptance, AgreementVersion, Rule
from forum.db import now, session, transactional
from forum.policy import STRANGER, Actor
from forum.spaces.models import Membership, Role, Space

PASSWORD = "a lamp in the window"
# Weak on purpose: a verification takes the parameters of the hash, and a hundred tests log in.
QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

RULES = ["Share what helped me", "What is said here stays here", "No methods, no numbers"]


@dataclass(frozen=True)
class Cast:
    """Who is here, as the policy sees them, and where."""

    ana: Actor
    ben: Actor
    maya: Actor
    noor: Actor
    omar: Actor
    olu: Actor
    lea: Actor
    kim: Actor
    lou: Actor
    slug: str
    space_id: int
    version_id: int
    rule_ids: list[int]
    other_rule_id: int
    other_slug: str
    other_id: int
    private_slug: str
    private_id: int

    @property
    def everybody(self) -> list[Actor]:
        """All of them, and a visitor."""
        members = [self.ana, self.ben, self.maya, self.noor, self.omar]
        return [*members, self.olu, self.lea, self.kim, self.lou, STRANGER]

    @property
    def moderators(self) -> list[Actor]:
        """Who may work the cases of the community."""
        return [self.maya, self.noor, self.lea]


def gathered() -> Cast:
    """Put them into the empty database that `forum.db` is connected to."""
    users, communities = _put_in()
    actors = {name.lower(): login.actor_of(user) for name, user in users.items()}
    session.rollback()
    (space_id, version_id, rule_ids), (other_id, _, other_rule_ids), (private_id, _, _) = communities
    return Cast(
        **actors,
        slug="living-with-bipolar",
        space_id=space_id,
        version_id=version_id,
        rule_ids=rule_ids,
        other_rule_id=other_rule_ids[0],
        other_slug="carers",
        other_id=other_id,
        private_slug="after-a-loss",
        private_id=private_id,
    )


def new_key() -> str:
    """The key of a form that was not sent yet."""
    return uuid.uuid4().hex


def log_in(client: FlaskClient, actor: Actor) -> FlaskClient:
    """Let this client be that person, without the work of a password."""
    token = uuid.uuid4().hex
    assert actor.user_id is not None
    _sign_in(actor.user_id, token)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client


@transactional
def _sign_in(user_id: int, token: str) -> None:
    moment = now()
    session.add(SignIn(user_id=user_id, token_hash=SignIn.hashed(token), started_at=moment, seen_at=moment))


@transactional
def _put_in() -> tuple[dict[str, User], list[tuple[int, int, list[int]]]]:
    users = {name: _user(name) for name in ("Ana", "Ben", "Maya", "Noor", "Omar", "Olu", "Kim")}
    users["Lou"] = _user("Lou")
    users["Lea"] = _user("Lea", SiteRole.LEAD)
    communities = [
        _community("living-with-bipolar", "Living with bipolar"),
        _community("carers", "Carers"),
        _community("after-a-loss", "After a loss", is_open=False),
    ]
    (space_id, version_id, _), (other_id, other_version_id, _), (private_id, private_version_id, _) = (
        communities
    )
    for name, role in (
        ("Ana", Role.MEMBER),
        ("Ben", Role.MEMBER),
        ("Maya", Role.MODERATOR),
        ("Noor", Role.MODERATOR),
        ("Omar", Role.ORGANISER),
    ):
        _join(users[name], space_id, version_id, role)
        _join(users[name], private_id, private_version_id, role)
    for community_id, agreed_id in ((space_id, version_id), (private_id, private_version_id)):
        _join(users["Lou"], community_id, agreed_id, Role.MEMBER, left=True)
    _join(users["Kim"], other_id, other_version_id, Role.MODERATOR)
    session.flush()
    return users, communities


def _user(name: str, role: SiteRole = SiteRole.MEMBER) -> User:
    user = User(
        terms_number=1,
        name=name,
        name_key=name_key(name),
        password_hash=QUICK_HASH,
        role=role,
        created_at=now(),
    )
    session.add(user)
    session.flush()
    return user


def _community(slug: str, name: str, *, is_open: bool = True) -> tuple[int, int, list[int]]:
    space = Space(slug=slug, name=name, purpose=f"{name}: a place to talk", is_open=is_open, created_at=now())
    session.add(space)
    session.flush()
    version = AgreementVersion(space_id=space.id, number=1, began_at=now())
    version.rules = [
        Rule(position=place, title=title, meaning=f"{title}, in full", why="It keeps us safe", how="Kindly")
        for place, title in enumerate(RULES, start=1)
    ]
    session.add(version)
    session.flush()
    rule_ids = list(
        session.scalars(select(Rule.id).where(Rule.version_id == version.id).order_by(Rule.position))
    )
    return space.id, version.id, rule_ids


def _join(user: User, space_id: int, version_id: int, role: Role, *, left: bool = False) -> None:
    ended_at = now() if left else None
    session.add(Membership(user_id=user.id, space_id=space_id, role=role, began_at=now(), ended_at=ended_at))
    session.add(Acceptance(user_id=user.id, version_id=version_id, accepted_at=now()))
