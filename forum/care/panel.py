"""What the care panel says about the moment: a person's own row and the stated hours, nothing else."""

from dataclasses import dataclass

from forum.accounts.models import User


@dataclass(frozen=True)
class CarePanel:
    """The panel of one person: the way back to their words, and when somebody here is expected to look."""

    post_url: str
    sentence: str


def panel_of(user: User, expected: str) -> CarePanel | None:
    """The person's panel while it stands, else None."""
    if user.care_offered_at is None:
        return None
    return CarePanel(f"/posts/{user.care_post_id}" if user.care_post_id else "/notices", expected)
