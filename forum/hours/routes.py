"""Whether somebody of the team is here, for a page that is open."""

from flask import Blueprint, Response, jsonify

from forum.hours import queries

bp = Blueprint("hours", __name__)


@bp.get("/cover")
def show() -> Response:
    """What is true now, in words, and in how many seconds to ask again."""
    return jsonify(queries.told(queries.cover()))
