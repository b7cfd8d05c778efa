"""What a community has agreed, and joining it."""

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login, policy
from forum.agreements import queries, service
from forum.errors import Invalid
from forum.pages import answers_with, own_path
from forum.policy import Permission
from forum.spaces import queries as spaces

bp = Blueprint("agreements", __name__)


@bp.get("/communities/<slug>/agreement")
def show(slug: str) -> str:
    """The version in force."""
    space = spaces.space(login.actor(), slug)
    return render_template("agreements/show.html", space=space, version=queries.version_in_force(space.id))


def _join_page(errors: dict[str, str], slug: str) -> str:
    space = spaces.space(login.actor(), slug)
    return render_template(
        "agreements/join.html",
        space=space,
        version=queries.version_in_force(space.id),
        errors=errors,
        age=spaces.age_asked(space),
        next=own_path(request.values.get("next", ""), f"/communities/{slug}"),
    )


@bp.get("/communities/<slug>/join")
def join(slug: str) -> Response | str:
    """What one says yes to, in full, before one says it."""
    actor = login.actor()
    space = spaces.space(actor, slug)
    if space.id in actor.memberships:
        return redirect(own_path(request.args.get("next", ""), f"/communities/{slug}"), 303)
    policy.require(actor, Permission.JOIN_SPACE, space, known_by=Permission.SEE_SPACE)
    return _join_page({}, slug)


@bp.post("/communities/<slug>/join")
@answers_with(_join_page)
def joined(slug: str) -> Response:
    """The person agrees and is a member."""
    number = request.form.get("version", "")
    if not number.isdecimal():
        raise Invalid("This form was not complete. Please read the agreement again; it is below.")
    actor = login.actor()
    if actor.known:
        current_app.extensions["limiter"].spend("membership", actor.user_id)
    age = request.form.get("age", "")
    service.join(actor, slug, int(number[:9]), int(age[:9]) if age.isdecimal() else None)
    return redirect(own_path(request.form.get("next", ""), f"/communities/{slug}"), 303)
