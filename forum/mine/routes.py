"""What was said to me: one page, and the small forms that say how much of it one wants to hear."""

from flask import Blueprint, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login
from forum.desk import queries as desk
from forum.errors import LogInFirst
from forum.mine import queries, service
from forum.pages import own_path, wants_json
from forum.policy import Actor
from forum.threads import queries as threads

bp = Blueprint("mine", __name__)


@bp.get("/notices")
def notices() -> str:
    """Replies in my conversations, what the team wrote to me, decisions about my words."""
    actor = _somebody()
    return render_template(
        "mine/notices.html",
        conversations=queries.conversations(actor),
        reach_outs=desk.reach_outs(actor),
        decisions=desk.decisions_about(actor),
        notes=threads.notes_by_moderators(actor.user_id or 0),
    )


@bp.get("/notices/words")
def words() -> Response:
    """What the link to the notices says now, for a page that is open."""
    _somebody()
    return _words()


@bp.post("/notices/seen")
def seen_all() -> Response:
    """Everything in my conversations is seen."""
    service.see_all(login.actor())
    return redirect("/notices", 303)


@bp.post("/notices/threads/<int:thread_id>/seen")
def seen(thread_id: int) -> Response:
    """This conversation is seen: back to the notices, or on to what was new, or nothing more for a script."""
    service.see(login.actor(), thread_id)
    if wants_json():
        login.forget()
        return _words()
    return redirect(own_path(request.form.get("next", ""), "/notices"), 303)


@bp.post("/notices/threads/<int:thread_id>/mute")
def mute(thread_id: int) -> Response:
    """No more notices from this conversation, or again."""
    service.mute(login.actor(), thread_id, muted=request.form.get("muted") == "yes")
    return redirect(own_path(request.form.get("next", ""), "/notices"), 303)


@bp.post("/notices/quiet")
def quiet() -> Response:
    """Quiet, or not any more."""
    service.be_quiet(login.actor(), quiet=request.form.get("quiet") == "yes")
    return redirect("/notices", 303)


@bp.get("/from-the-team")
def from_the_team() -> Response:
    """Where this part of the page used to be."""
    _somebody()
    return redirect("/notices#from-the-team", 303)


@bp.post("/from-the-team/seen")
def seen_from_the_team() -> Response:
    """The person has read it: pages stop saying that the team wrote."""
    service.see_what_the_team_wrote(_somebody())
    return redirect("/notices#from-the-team", 303)


def _words() -> Response:
    return jsonify(words=render_template("mine/_words.html").strip())


def _somebody() -> Actor:
    actor = login.actor()
    if not actor.known:
        raise LogInFirst()
    return actor
