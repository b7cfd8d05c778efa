"""What the tables share: types of columns, and one id."""

from enum import StrEnum

from sqlalchemy import Enum

# The id of one account and of one space: the machine's own (forum/desk/canary.py). Nobody logs in as it, nobody is in
# there, and whatever counts or shows what people do leaves it out.
MACHINE = 0


def kept_as(kind: type[StrEnum]) -> Enum:
    """A column that keeps the value of a word (`'crisis'`), as text on both databases."""
    return Enum(
        kind,
        native_enum=False,
        length=24,
        values_callable=lambda words: [word.value for word in words],
        validate_strings=True,
    )
