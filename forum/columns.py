"""Column types that the tables share."""

from enum import StrEnum

from sqlalchemy import Enum


def kept_as(kind: type[StrEnum]) -> Enum:
    """A column that keeps the value of a word (`'crisis'`), as text on both databases."""
    return Enum(
        kind,
        native_enum=False,
        length=24,
        values_callable=lambda words: [word.value for word in words],
        validate_strings=True,
    )
