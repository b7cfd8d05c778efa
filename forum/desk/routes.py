"""The moderators' desk; what the team told a person; a person's own words to the team."""

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login, policy, texts
from forum.db import now
from forum.desk import canary, labels, queries, service, wording
from forum.desk.models import DecisionKind, Said
from forum.errors import Invalid
from forum.hours import queries as on_duty
from forum.hours import service as hours
from forum.hours.clock import zone_words
from forum.pages import answers_with, new_form_key
from forum.policy import Permission
from forum.site.queries import facts
from forum.threads import queries as threads
from moderation import cases
from moderation.screening import Level

bp = Blueprint("desk", __name__)


@bp.before_app_request
def only_for_the_desk() -> None:
    """Whoever has no desk finds nothing at any of its addresses, whatever the method."""
    if request.path == "/desk" or request.path.startswith("/desk/"):
        policy.require(login.actor(), Permission.SEE_DESK)


@bp.get("/desk")
def show() -> str:
    """Everything that waits, the most pressing first."""
    return _desk_again({})


@bp.get("/desk/queue")
def queue() -> str:
    """The same list alone, for a page that is open."""
    return render_template("desk/_queue.html", **_queue())


def _queue() -> dict[str, object]:
    actor = login.actor()
    rows = queries.open_cases(actor, _number(request.args.get("after", "")))
    more = f"/desk?after={rows[-1].id}" if len(rows) == queries.PAGE else None
    return {
        "cases": rows,
        "being_read": queries.being_read(actor),
        "lane": queries.in_other_languages(actor),
        "more_url": more,
        "unproven": wording.unproven_words(canary.seconds_since(), canary.LATE_AFTER),
    }


@bp.get("/desk/shift")
def shift() -> str:
    """Who is here, alone, for a page that is open."""
    return render_template("desk/_shift.html", **_who_is_here())


def _desk_again(errors: dict[str, str]) -> str:
    return render_template("desk/show.html", **_queue(), **_who_is_here(), **_offered(), errors=errors)


@bp.post("/desk/shift")
@answers_with(_desk_again)
def be_here() -> Response:
    """This moderator says until when they are here."""
    hours.be_here(login.actor(), request.form.get("until", ""))
    return redirect("/desk", 303)


@bp.post("/desk/shift/end")
def leave() -> Response:
    """And that they are not any more."""
    hours.leave(login.actor())
    return redirect("/desk", 303)


def _who_is_here() -> dict[str, object]:
    actor = login.actor()
    here = on_duty.colleagues(actor)
    return {
        "own_shift": next((one for one in here if one.user_id == actor.user_id), None),
        "colleagues": [one for one in here if one.user_id != actor.user_id],
    }


def _offered() -> dict[str, object]:
    site = facts()
    return {"untils": on_duty.choices(now(), site.hours), "whose_time": zone_words(site.zone)}


@bp.get("/desk/cases/<int:case_id>")
def case(case_id: int) -> str:
    """A case in full; its words are veiled until asked for."""
    return _case_page({}, case_id)


def _case_page(errors: dict[str, str], case_id: int) -> str:
    page = queries.case(login.actor(), case_id)
    names = ("kind", "rule_id", "reason", "message")
    form = {name: request.form.get(name, "") for name in names} | {
        "form_key": request.form.get("form_key") or new_form_key()
    }
    return render_template("desk/case.html", **vars(page), form=form, errors=errors, marks=wording.MARK_WORDS)


@bp.post("/desk/cases/<int:case_id>/claim")
@answers_with(_case_page)
def claim(case_id: int) -> Response:
    """The case is this moderator's for a while."""
    service.claim(login.actor(), case_id)
    return redirect(f"/desk/cases/{case_id}", 303)


@bp.post("/desk/cases/<int:case_id>/release")
@answers_with(_case_page)
def release(case_id: int) -> Response:
    """The case goes back to the others."""
    service.release(login.actor(), case_id, _fence())
    return redirect("/desk", 303)


@bp.post("/desk/cases/<int:case_id>/level")
@answers_with(_case_page)
def raise_level(case_id: int) -> Response:
    """A moderator sees more danger than the machine did."""
    level = request.form.get("level", "")
    if level not in list(Level):
        raise Invalid("Please choose red or crisis.", field="level")
    service.raise_level(login.actor(), case_id, _fence(), Level(level))
    return redirect(f"/desk/cases/{case_id}", 303)


@bp.post("/desk/cases/<int:case_id>/decisions")
@answers_with(_case_page)
def decide(case_id: int) -> Response:
    """What was done about it; the case is closed."""
    kind = request.form.get("kind", "")
    if kind not in list(DecisionKind):
        raise Invalid("Please choose what is to happen.", field="kind")
    service.decide(
        login.actor(),
        case_id,
        _fence(),
        DecisionKind(kind),
        rule_id=_number(request.form.get("rule_id", "")),
        reason=request.form.get("reason", ""),
        message=request.form.get("message", ""),
        form_key=request.form.get("form_key", ""),
    )
    return redirect("/desk", 303)


@bp.post("/desk/cases/<int:case_id>/marks")
@answers_with(_case_page)
def mark(case_id: int) -> Response:
    """Whether the machine read it rightly; the case stays as it is."""
    said = request.form.get("said", "")
    if said not in list(wording.MARK_WORDS):
        raise Invalid("Please choose what the machine did.", field="said")
    labels.mark(login.actor(), case_id, Said(said))
    return redirect(f"/desk/cases/{case_id}", 303)


@bp.post("/communities/<slug>/team")
def write_to_team(slug: str) -> Response:
    """Words for the team alone. No limit stands in front of words that suggest danger."""
    actor, body = login.actor(), request.form.get("body", "")
    if actor.known and not cases.is_urgent(texts.level_of(body)):
        current_app.extensions["limiter"].spend("post", actor.user_id)
    post = service.write_to_team(actor, slug, body, request.form.get("form_key", ""))
    return redirect(f"/threads/{post.thread_id}", 303)


@bp.get("/posts/<int:post_id>")
def own_post(post_id: int) -> str:
    """The author's own page of a post: their words in full, and why others may not read them."""
    actor = login.actor()
    post = threads.own_post(actor, post_id)
    reads = policy.allows(
        actor, Permission.READ_THREAD, post.thread
    )  # not after leaving a members' community
    return render_template(
        "threads/post.html",
        post=threads.view_of(post),
        body=post.text.current.body,
        html=post.text.current.html,
        erased_at=post.text.current.erased_at,
        decision=queries.decision_about(post),
        noted_by_moderator=post.note is not None and post.note.by_moderator,
        nameless=post.nameless,
        thread={"id": post.thread_id, "title": threads.shown_title(post.thread)} if reads else None,
    )


def _fence() -> int:
    fence = _number(request.form.get("fence", ""))
    if fence is None:
        raise Invalid("This form was not complete. Please load the page again; your words are kept below.")
    return fence


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) < 10 else None
