"""What a new community begins with: a draft of an agreement, for its lead to change before anybody joins."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RuleDraft:
    """A rule before it is agreed: a short title, what it means, why it matters, how it is kept."""

    title: str
    meaning: str
    why: str
    how: str


STARTING_RULES = (
    RuleDraft(
        "We say what helped me, not what you should do",
        "Share your own experience. Leave advice about treatment to the person and the people who treat them.",
        "Most of us have been told what to do often enough. Being heard is rarer.",
        "If a reply turns into instructions, anyone may say so kindly. A moderator may ask for other words.",
    ),
    RuleDraft(
        "What is said here stays here",
        "Do not repeat outside what somebody said, and do not guess who they are.",
        "People can only speak freely when they know where their words go. The page says who can read this "
        "community, so choose what you share.",
        "Moderators keep confidence too. They only go further when somebody may be in danger, and they say so.",
    ),
    RuleDraft(
        "No methods, no numbers",
        "Talk about how it feels, not about ways of hurting oneself, weights, doses or amounts.",
        "A detail that is nothing to you can stay with somebody else all night.",
        "A moderator may hide a post with such details and will tell you why. You can say it again without them.",
    ),
    RuleDraft(
        "Every way of living with it is welcome",
        "Medication or none, diagnosis or none, faith or none. Nobody is put down for who they are.",
        "We come from very different places and none of us has the answer for all.",
        "Moderators step in when somebody is belittled, and hear both sides.",
    ),
)
