"""Help now, for everybody and without a database; and the care panel of one person."""

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login
from forum.care import help_lines, service
from forum.errors import LogInFirst
from forum.pages import own_path
from forum.site.queries import facts

bp = Blueprint("care", __name__)


@bp.get("/help")
def help() -> str:
    """Who can be called or texted, by country."""
    countries = help_lines.countries()
    country = (
        help_lines.country(request.args.get("country", ""))
        or help_lines.country(facts().country)
        or countries[0]
    )
    return render_template(
        "care/help.html",
        country=country,
        countries=countries,
        lines=help_lines.lines_for(country.code),
        world=help_lines.lines_for(help_lines.ANYWHERE),
    )


@bp.get("/care/panel")
def panel() -> Response | tuple[str, int]:
    """The care panel of who asks, alone: for a page that is open when it is offered."""
    person = login.signed_in()
    if person is None or person.user.care_offered_at is None:
        return "", 204
    return current_app.make_response(render_template("care/_panel.html"))


@bp.post("/care/put-away")
def put_away() -> Response:
    """The panel goes; help stays one link away."""
    actor = login.actor()
    if actor.user_id is None:
        raise LogInFirst()
    service.put_away(actor.user_id)
    return redirect(own_path(request.form.get("next", "")), 303)
