"""What threads say in plain words: why nobody can write, and who can read."""

from forum.spaces.models import Space
from forum.threads.models import LockReason

LOCK_WORDS: dict[LockReason, str] = {
    LockReason.HEATED: "It had become heated, and a pause may help.",
    LockReason.SAID: "What could be said here seems to have been said.",
    LockReason.ELSEWHERE: "The conversation goes on in another thread.",
    LockReason.LOOKING: "Moderators are looking into something here.",
}


def readers_words(space: Space, members: int) -> str:
    """Who can read what is said in this community, for whoever is about to write."""
    if space.is_open:
        return "Anyone on the internet can read this community."
    return f"Only members of {space.name} can read this ({about(members)}), and the leads of this site."


def readers_of_reach_out(space: Space, *, as_team: bool) -> str:
    """The same for a private thread, as the person or as somebody of the team."""
    who = "this person" if as_team else "you"
    return (
        f"Only {who} and the team of {space.name} can read this: its moderators and the leads of this site."
    )


def about(members: int) -> str:
    """A number of people, too vague to notice one who comes or goes."""
    if members < 10:
        return "fewer than 10 people"
    step = 10 if members < 100 else 50 if members < 500 else 100
    return f"about {round(members / step) * step} people"
