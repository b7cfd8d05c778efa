"""A small, believable community to look around in. Every person and every word in it is made up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select

from forum import login
from forum.accounts import second_factor
from forum.accounts import service as accounts
from forum.accounts.models import SiteRole, User
from forum.agreements import service as agreements
from forum.communities import service as communities
from forum.communities.service import Plan
from forum.config import Misconfigured, Settings
from forum.db import session
from forum.policy import Actor
from forum.site import documents
from forum.site import service as site
from forum.site.queries import facts_as_saved
from forum.spaces.models import Space
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
            person = accounts.sign_up(name, PASSWORD, role=role)
            accounts.agree_to_terms(person.id, documents.in_force().terms.number)
    _facts()
    if session.scalars(select(Space)).first() is None:
        _communities()
    for number, conversation in enumerate(CONVERSATIONS):
        _talk(number, conversation)  # form keys make what is there already stay as it is
    yield "Demo accounts, all with the password “" + PASSWORD + "”:"
    yield from (f"  {name:<5} {what}" for name, what, _ in PEOPLE)


def _facts() -> None:
    """What the host says of the site, until somebody has said something else."""
    if facts_as_saved().number == 0:
        made_up = replace(
            facts_as_saved(),
            provider="The Hearth Fund, a charity that is made up for this demo",
            contact="hello@hearth.example",
        )
        site.change(_actor("Lea"), made_up)


def _communities() -> None:
    for plan in (
        Plan(
            "Living with bipolar",
            "A place for the highs, the lows and the days between.",
            "For people who live with them, with or without a diagnosis. Anyone can read; members write.",
            organisers=["Omar"],
            moderators=["Maya"],
        ),
        Plan(
            "Carers",
            "A place to put down what you carry.",
            "For people who look after somebody they love. Only members read and write here.",
            is_open=False,
            organisers=["Omar"],
            moderators=["Maya"],
        ),
    ):
        space = communities.make(_actor("Lea"), plan)
        for name in ("Ana", "Ben"):
            agreements.join(_actor(name), space.slug, 1)


def codes(settings: Settings) -> Iterator[str]:
    """The codes of the second factor that demo accounts are asked for now."""
    if settings.site_mode == "production":
        raise Misconfigured(
            "The demo's codes are for trying things out; a production site refuses to print any."
        )
    for name, _, _ in PEOPLE:
        user = accounts.named(name)
        code = second_factor.code_now(user.id) if user is not None else None
        yield f"  {name:<5} {code or 'no code is asked for'}"


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
