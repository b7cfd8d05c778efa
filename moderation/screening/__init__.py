"""Crisis-language screening: plain Python, standard library only; no network, no clock, no database."""

from moderation.screening.levels import CUTS, Cuts
from moderation.screening.result import AGREED_RULES, CATEGORIES, Finding, Level, Screening
from moderation.screening.safeguard import lost_crises
from moderation.screening.screener import VERSION, Screener, screen, transparent, unread
from moderation.screening.surroundings import Surroundings, raised

__all__ = [
    "AGREED_RULES",
    "CATEGORIES",
    "CUTS",
    "VERSION",
    "Cuts",
    "Finding",
    "Level",
    "Screener",
    "Screening",
    "Surroundings",
    "lost_crises",
    "raised",
    "screen",
    "transparent",
    "unread",
]
