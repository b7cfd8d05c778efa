"""What a lead does for those who have power: never a password, which is theirs alone."""

from forum import policy
from forum.accounts import service as accounts
from forum.db import transactional
from forum.errors import Denied, NotFound
from forum.policy import Actor, Permission
from forum.team import queries


@transactional
def reset_second_factor(actor: Actor, user_id: int) -> None:
    """Switch off the second factor of a lead or moderator who lost theirs: audited, every sign-in of theirs ends.

    Raises NotFound for anybody without power, and Denied for oneself: a stolen session must not get rid of it.
    """
    policy.require(actor, Permission.KEEP_SITE)
    if user_id not in {row.user_id for row in queries.people(actor)}:
        raise NotFound()
    if user_id == actor.user_id:
        raise Denied("Your own second factor you switch off with a code, or another lead resets it for you.")
    accounts.forget_second_factor(actor.user_id, user_id)
