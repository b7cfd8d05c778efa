"""The front page."""

from flask import Blueprint, render_template
from sqlalchemy.exc import SQLAlchemyError

from forum import login
from forum.spaces import queries

bp = Blueprint("home", __name__)


@bp.get("/")
def show() -> str:
    """What this place is, who to reach now, and the communities."""
    return render_template(
        "home/show.html", communities=queries.communities(login.actor()), layout="layouts/page.html"
    )


@bp.errorhandler(SQLAlchemyError)
def show_without_database(_: SQLAlchemyError) -> str:
    """The same page when the database is away: who to reach now needs none."""
    return render_template("home/show.html", communities=None, layout="layouts/plain.html")


@bp.get("/healthz")
def alive() -> str:
    """Says that this process answers; asks nothing else, so that help outlives database and broker."""
    return "alive"
