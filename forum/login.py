"""Who is asking: cookie -> sign-in -> user -> Actor, for pages and sockets alike, in two statements."""

from dataclasses import dataclass

from flask import Flask, current_app, g, has_request_context
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import select

from forum.accounts.models import EndedBecause, SignIn, User
from forum.db import session
from forum.policy import STRANGER, Actor
from forum.spaces.models import Membership

manager = LoginManager()
manager.session_protection = None  # a phone changes its address all the time; the sign-in row can be ended


@dataclass
class SignedIn(UserMixin):
    """What flask-login holds for one request: the user's row, as read, and the actor made of it."""

    token: str
    user: User
    sign_in: SignIn
    actor: Actor

    def get_id(self) -> str:
        return self.token


def init(app: Flask) -> None:
    """Tell flask-login how to find out who is asking."""
    manager.init_app(app, add_context_processor=False)  # it would read the database for every page, /help too

    @manager.user_loader
    def load(token: str) -> SignedIn | None:
        found = session.execute(
            select(User, SignIn)
            .join(SignIn, SignIn.user_id == User.id)
            .where(SignIn.token_hash == SignIn.hashed(token))
        ).one_or_none()
        if found is None:
            return None
        user, sign_in = found
        if sign_in.ended_at is not None:
            g.sign_in_ended = sign_in.ended_because
            return None
        is_real = (
            current_app.config["SITE"].site_mode == "production"
        )  # elsewhere powers ask for no second factor
        return SignedIn(
            token, user, sign_in, actor_of(user, sign_in.id, proven=sign_in.proven or not is_real)
        )


def actor_of(user: User, sign_in_id: int | None = None, *, proven: bool = True) -> Actor:
    """The plain copy of a user that the policy judges."""
    roles = session.execute(
        select(Membership.space_id, Membership.role).where(
            Membership.user_id == user.id, Membership.ended_at.is_(None)
        )
    ).all()
    return Actor(user.id, user.name, user.role, sign_in_id, dict(roles), proven)


def has_power(user_id: int) -> bool:
    """Whether this person is a lead or moderates anywhere."""
    return actor_of(session.get_one(User, user_id)).moderates


def actor() -> Actor:
    """Who is asking in this request or socket event."""
    return current_user.actor if current_user.is_authenticated else STRANGER


def signed_in() -> SignedIn | None:
    """The signed-in person of this request, or None; for what only the person's own row says."""
    return current_user if current_user.is_authenticated else None


def why_ended() -> EndedBecause | None:
    """Why the sign-in that this browser still has a cookie of was ended, for the page where they log in again."""
    return None if current_user.is_authenticated else g.get("sign_in_ended")


def known_already() -> SignedIn | None:
    """The signed-in person, if this request has read them: asking costs nothing."""
    found = g.get("_login_user")
    return found if isinstance(found, SignedIn) else None


def forget() -> None:
    """Read afresh who is asking: rights changed within this request."""
    if has_request_context():
        g.pop("_login_user", None)
