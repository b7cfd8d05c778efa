"""The care panel: offered when words suggest danger, standing until its owner puts it away."""

from forum import outbox
from forum.accounts.models import User
from forum.db import now, session, transactional
from forum.events import CareOffered


def offer(user_id: int, post_id: int | None) -> None:
    """Let the panel stand on the person's pages, and reach their open one, inside the caller's transaction."""
    user = session.get_one(User, user_id)
    user.care_offered_at = now()
    user.care_post_id = post_id
    outbox.record(CareOffered(user_id))


@transactional
def put_away(user_id: int) -> None:
    """The person has seen the panel; the help lines stay one link away."""
    user = session.get_one(User, user_id)
    user.care_offered_at = None
    user.care_post_id = None
