"""Help now, for everybody and without a database; and the care panel of one person."""

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login
from forum.care import help_lines, service
from forum.care.help_lines import NO_WISH, Country, Wish
from forum.care.shown import shown
from forum.care.visitor import country_here, remember
from forum.db import now
from forum.errors import LogInFirst
from forum.pages import own_path

bp = Blueprint("care", __name__)


@bp.get("/help")
def help() -> str:
    """Who can be called or texted, by country."""
    country = help_lines.country(request.args.get("country", "")) or country_here()
    return _help_page(country, NO_WISH)


@bp.post("/help")
def choose() -> Response:
    """The same for what somebody told of themselves. It is an answer and no other address: how old somebody is and
    what hurts them must not stand in the history of a browser that others can open."""
    country = help_lines.country(request.form.get("country", "")) or country_here()
    known = {topic.id for topic in help_lines.topics_in(country.code)}
    wish = Wish(
        help_lines.ages(request.form.get("ages", "")), frozenset(known & {request.form.get("topic", "")})
    )
    return remember(country, current_app.make_response(_help_page(country, wish)))


def _help_page(country: Country, wish: Wish) -> str:
    moment = now()
    first = help_lines.chosen(country.code, moment, wish)
    rest = [line for line in help_lines.lines_for(country.code) if line not in first]
    return render_template(
        "care/help.html",
        country=country,
        countries=help_lines.countries(),
        wish=wish,
        ages=help_lines.AGES,
        topics=help_lines.topics_in(country.code),
        first=shown(first, moment),
        rest=shown(rest, moment),
        world=shown(help_lines.world_lines(), moment),
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
