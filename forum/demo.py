"""A small, believable community to look around in. Every person and every word in it is made up."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from forum import audit, login
from forum.accounts import service as accounts
from forum.accounts.models import SiteRole, User
from forum.agreements.models import Acceptance, AgreementVersion, Rule
from forum.config import Misconfigured, Settings
from forum.db import now, session, transactional
from forum.policy import Actor
from forum.spaces.models import Membership, Role, Space
from forum.threads import service as threads
from forum.threads.models import Post

PASSWORD = "lamp in the window"  # noqa: S105 (printed at every start, and refused where a site is real)

PEOPLE: list[tuple[str, str, SiteRole]] = [
    ("Ana", "member", SiteRole.MEMBER),
    ("Ben", "member", SiteRole.MEMBER),
    ("Maya", "moderator", SiteRole.MEMBER),
    ("Omar", "organiser", SiteRole.MEMBER),
    ("Lea", "lead", SiteRole.LEAD),
]

RULES: list[tuple[str, str, str, str]] = [
    (
        "We say what helped me, not what you should do",
        "Share your own experience. Leave advice about treatment to the person and the people who treat them.",
        "Most of us have been told what to do often enough. Being heard is rarer.",
        "If a reply turns into instructions, anyone may say so kindly. A moderator may ask for other words.",
    ),
    (
        "What is said here stays here",
        "Do not repeat outside what somebody said, and do not guess who they are.",
        "People can only speak freely when they know where their words go. Anyone can read this community, "
        "so choose what you share.",
        "Moderators keep confidence too. They only go further when somebody may be in danger, and they say so.",
    ),
    (
        "No methods, no numbers",
        "Talk about how it feels, not about ways of hurting oneself, weights, doses or amounts.",
        "A detail that is nothing to you can stay with somebody else all night.",
        "A moderator may hide a post with such details and will tell you why. You can say it again without them.",
    ),
    (
        "Every way of living with it is welcome",
        "Medication or none, diagnosis or none, faith or none. Nobody is put down for who they are.",
        "We come from very different places and none of us has the answer for all.",
        "Moderators step in when somebody is belittled, and hear both sides.",
    ),
]


@dataclass(frozen=True)
class _Conversation:
    space: str
    title: str
    lines: list[tuple[str, str]]


# One post of each level is among them; a test says which.
CONVERSATIONS: list[_Conversation] = [
    _Conversation(
        "living-with-bipolar",
        "What do your good mornings look like?",
        [
            (
                "Omar",
                "I collect small things that help a morning along. Mine are: kettle first, phone later, and a walk to "
                "the corner even when it rains.\n\nWhat are yours?",
            ),
            ("Ana", "Radio before anything else. A voice in the kitchen that wants nothing from me."),
            ("Ben", "Feeding the neighbour's cat. She is *very* punctual and that makes one of us."),
        ],
    ),
    _Conversation(
        "living-with-bipolar",
        "The week after",
        [
            (
                "Ben",
                "Came down from a high ten days ago and everything feels grey and pointless. I feel so hopeless, and "
                "I don't see it getting any better. Not asking for answers. Just wanted to say it somewhere.",
            ),
            ("Ana", "I hear you. The grey weeks lied to me too, each time. I am around this evening."),
        ],
    ),
    _Conversation(
        "living-with-bipolar",
        "Nights are the worst",
        [
            (
                "Ana",
                "Third night with no sleep. I keep thinking about killing myself and I am tired of fighting the "
                "thought. I have not told anyone at home.",
            ),
            (
                "Omar",
                "Thank you for telling us, Ana. I know those nights. I am glad you are here and I am reading.",
            ),
        ],
    ),
    _Conversation(
        "carers",
        "A word before tonight",
        [
            (
                "Ben",
                "I cannot do this any more. I have decided to end my life tonight and I have written the letters. "
                "Please look after each other. Goodbye.",
            ),
            (
                "Maya",
                "Ben, I am here. I am a moderator and I would like to talk with you now. Can you answer me?",
            ),
        ],
    ),
]


def put_in(settings: Settings) -> Iterator[str]:
    """Put the demo in where it is missing, through the same use cases as everybody; yields lines to print."""
    if settings.site_mode == "production":
        raise Misconfigured("The demo has well-known passwords; a production site refuses it.")
    there = set(session.scalars(select(User.name)))
    for name, _, role in PEOPLE:
        if name not in there:
            accounts.sign_up(name, PASSWORD, role=role)
    if session.scalars(select(Space)).first() is None:
        _communities()
    for number, conversation in enumerate(CONVERSATIONS):
        _talk(number, conversation)  # form keys make what is there already stay as it is
    yield "Demo accounts, all with the password “" + PASSWORD + "”:"
    yield from (f"  {name:<5} {what}" for name, what, _ in PEOPLE)


@transactional
def _communities() -> None:
    users = {user.name: user for user in session.scalars(select(User))}
    for slug, name, is_open, purpose in (
        (
            "living-with-bipolar",
            "Living with bipolar",
            True,
            "For people who live with highs and lows, with or without a diagnosis. Anyone can read; members write.",
        ),
        (
            "carers",
            "Carers",
            False,
            "For people who look after somebody they love. Only members read and write here.",
        ),
    ):
        space = Space(slug=slug, name=name, purpose=purpose, is_open=is_open, created_at=now())
        session.add(space)
        session.flush()
        version = AgreementVersion(space_id=space.id, number=1, began_at=now())
        version.rules = [
            Rule(position=place, title=title, meaning=meaning, why=why, how=how)
            for place, (title, meaning, why, how) in enumerate(RULES, start=1)
        ]
        session.add(version)
        session.flush()
        audit.record(users["Lea"].id, "create", "space", space.id, space_id=space.id)
        for member, role in (
            ("Ana", Role.MEMBER),
            ("Ben", Role.MEMBER),
            ("Maya", Role.MODERATOR),
            ("Omar", Role.ORGANISER),
        ):
            session.add(Membership(user_id=users[member].id, space_id=space.id, role=role, began_at=now()))
            session.add(Acceptance(user_id=users[member].id, version_id=version.id, accepted_at=now()))


def _talk(number: int, conversation: _Conversation) -> None:
    (first, opening), *replies = conversation.lines
    key = f"demo-thread-{number}"
    post = _said(key) or threads.start(_actor(first), conversation.space, conversation.title, opening, key)
    for place, (name, words) in enumerate(replies):
        key = f"demo-reply-{number}-{place}"
        if _said(key) is None:
            threads.reply(_actor(name), post.thread_id, words, key)


def _said(key: str) -> Post | None:
    """What an earlier start put in under this key, also when the demo has other words by now."""
    return session.scalars(select(Post).where(Post.form_key.startswith(f"{key}-"))).one_or_none()


def _actor(name: str) -> Actor:
    return login.actor_of(session.scalars(select(User).where(User.name == name)).one())
