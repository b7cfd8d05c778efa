"""Crisis-language screening: plain Python, standard library only; no network, no clock, no database."""

from moderation.screening.result import CATEGORIES, Finding, Level, Screening
from moderation.screening.screener import VERSION, screen, transparent, unread

__all__ = ["CATEGORIES", "VERSION", "Finding", "Level", "Screening", "screen", "transparent", "unread"]
