"""What a screening says: a level, a score and the findings behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Level(StrEnum):
    """How soon a person should look: green (no need), amber (today), red (within the hour), crisis (at once)."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    CRISIS = "crisis"

    @property
    def rank(self) -> int:
        """The place in the order of urgency, 0 (green) to 3 (crisis)."""
        return _RANKS[self]

    @property
    def least_score(self) -> float:
        """The lowest score that goes with this level."""
        return _LEAST_SCORES[self]

    @staticmethod
    def highest(*levels: "Level") -> "Level":
        """The most urgent of `levels`; green when there are none."""
        return max(levels, key=_RANKS.__getitem__, default=Level.GREEN)


_RANKS = {level: rank for rank, level in enumerate(Level)}
_LEAST_SCORES = {Level.GREEN: 0.0, Level.AMBER: 0.25, Level.RED: 0.5, Level.CRISIS: 0.8}


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason to look: characters `start` to `end` (exclusive) of the text as typed, and why in plain words."""

    category: str
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Screening:
    """The machine's reading of one text; `score` is 0 to 1 and never contradicts the level."""

    level: Level
    score: float
    findings: tuple[Finding, ...]
    version: str


CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "suicidal_thoughts_passive": "wishing not to be alive",
        "suicidal_thoughts_active": "thinking of ending their life",
        "plan": "a plan to end their life",
        "means": "has the means at hand, or is looking for them",
        "time": "names a time",
        "goodbye": "saying goodbye, or settling things",
        "attempt_now": "may have done something, or is doing it now",
        "past_attempt": "an attempt in the past",
        "self_harm_now": "hurting themselves",
        "self_harm_urge": "an urge to hurt themselves",
        "self_harm_past": "self-harm in the past",
        "eating_disorder": "eating, or not eating, in a way that may hurt them",
        "abuse_now": "being hurt, or afraid of someone",
        "voices_with_danger": "voices that tell them to do harm",
        "intoxication_with_despair": "drink or drugs together with despair",
        "concern_for_someone_else": "worried about someone else",
        "pact": "looking for others to die with",
        "encouraging_harm": "pushing someone to hurt themselves",
        "hopelessness": "hopeless, or unable to go on",
        "child_at_risk": "a child may be in danger",
        "threat_to_others": "may hurt someone else",
        "reads_like_danger": "reads like the words of people who were in danger",
        "surroundings": "what stands around it suggests danger",
        "unread": "could not be read by the machine",
        "unread_language": "in a language the machine does not read",
        "method_detail": "details of a method",
        "numbers": "numbers of weight, food, dose or depth",
        "own_contact_details": "their own contact details",
        "others_contact_details": "somebody else's contact details",
        "medical_advice": "tells others what to do with treatment",
        "hostility": "hostile words, or stigma",
        "sexual_approach": "a sexual approach",
        "money_or_secrecy": "asks for money, for secrecy or to move elsewhere",
    }
)

# What a community may agree not to have; each is looked for only where its agreement says so.
AGREED_RULES = frozenset(
    {
        "method_detail", "numbers", "own_contact_details", "others_contact_details", "medical_advice", "hostility",
        "sexual_approach", "money_or_secrecy",
    }
)  # fmt: skip
