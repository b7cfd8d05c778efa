"""All that happens and must be told to others later: past-tense facts with a topic, ids and words of the house only."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Event:
    """Something that happened. Recorded with the change itself (forum/outbox.py), carried afterwards."""

    topic: ClassVar[str]


@dataclass(frozen=True)
class TextSaved(Event):
    """A new version of a text is stored and its screening is pending."""

    topic: ClassVar[str] = "text.saved"
    screening_id: int
    text_id: int
    space_id: int
    epoch: int
    level: str  # of the transparent reading: red and crisis stand on the desk from here on


@dataclass(frozen=True)
class TextWithdrawn(Event):
    """An author took a text back; after red or crisis that is itself a sign."""

    topic: ClassVar[str] = "text.withdrawn"
    text_id: int


@dataclass(frozen=True)
class PostPublished(Event):
    """A post is new in a thread."""

    topic: ClassVar[str] = "post.published"
    post_id: int
    thread_id: int
    epoch: int
    space_id: int


@dataclass(frozen=True)
class PostChanged(Event):
    """A post was edited, withdrawn or hidden."""

    topic: ClassVar[str] = "post.changed"
    post_id: int
    thread_id: int
    epoch: int
    space_id: int


@dataclass(frozen=True)
class ThreadChanged(Event):
    """A thread was locked or opened again."""

    topic: ClassVar[str] = "thread.changed"
    thread_id: int
    epoch: int
    space_id: int


@dataclass(frozen=True)
class CaseChanged(Event):
    """A case was opened, fed, claimed, released or closed."""

    topic: ClassVar[str] = "case.changed"
    case_id: int
    text_id: int
    space_id: int
    epoch: int
    level: str
    change: str


@dataclass(frozen=True)
class CareOffered(Event):
    """A person is to see the care panel now."""

    topic: ClassVar[str] = "care.offered"
    user_id: int


@dataclass(frozen=True)
class TeamWrote(Event):
    """The team said something to a person: a reach-out or a decision about their words."""

    topic: ClassVar[str] = "team.wrote"
    user_id: int


@dataclass(frozen=True)
class NoticesChanged(Event):
    """In a conversation of a person something is new, where nothing was before."""

    topic: ClassVar[str] = "notices.changed"
    user_id: int


@dataclass(frozen=True)
class MailQueued(Event):
    """A mail waits to be sent."""

    topic: ClassVar[str] = "mail.queued"
    mail_id: int


@dataclass(frozen=True)
class AudienceChanged(Event):
    """Somebody lost rights in a space: listeners of the old epoch must ask again."""

    topic: ClassVar[str] = "audience.changed"
    space_id: int
    old_epoch: int


@dataclass(frozen=True)
class MemberLeft(Event):
    """Somebody left a space and wants their words withdrawn, or without their name: some are still to go."""

    topic: ClassVar[str] = "member.left"
    departure_id: int


@dataclass(frozen=True)
class CoverChanged(Event):
    """Somebody of the team is here, or not any more, or the stated hours are others."""

    topic: ClassVar[str] = "cover.changed"
    change: str


@dataclass(frozen=True)
class SignInEnded(Event):
    """Somebody logged out: pages still open under this sign-in hear nothing more."""

    topic: ClassVar[str] = "signin.ended"
    sign_in_id: int


EVENTS: dict[str, type[Event]] = {
    kind.topic: kind
    for kind in (
        TextSaved,
        TextWithdrawn,
        PostPublished,
        PostChanged,
        ThreadChanged,
        CaseChanged,
        CareOffered,
        TeamWrote,
        NoticesChanged,
        MailQueued,
        AudienceChanged,
        MemberLeft,
        CoverChanged,
        SignInEnded,
    )
}
