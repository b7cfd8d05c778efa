"""The front page, and what whoever runs the site asks a web process."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from forum import login
from forum.errors import NotFound
from forum.home.queries import Fitness, fitness
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


@bp.get("/readyz")
def ready() -> tuple[Response, int]:
    """How the site fares, as JSON: 503 when somebody should look into something. For operators only."""
    found = _fitness()
    numbers = {name: value for name, (_, value) in found.numbers().items()}
    says: dict[str, Any] = {"trouble": found.trouble, "database": found.database, "broker": found.broker}
    return jsonify(says | numbers), 503 if found.trouble else 200


@bp.get("/metrics")
def counted() -> Response:
    """The same and more, as numbers for Prometheus. For operators only."""
    from forum import metrics

    return metrics.page(_fitness())


def _fitness() -> Fitness:
    """Who comes through a proxy is no operator: for them there is nothing here, whatever the proxy lets pass."""
    if "X-Forwarded-For" in request.headers:
        raise NotFound()
    return fitness(current_app.config["SITE"].broker_url)
