"""Reading and speaking: a community's threads, a thread's page, replies, edits and withdrawals."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login, policy
from forum.agreements import queries as agreements
from forum.errors import Invalid
from forum.pages import Stopped, answers_with, new_form_key, own_path, stopped_words, wants_json
from forum.policy import Permission
from forum.spaces import queries as spaces
from forum.spaces.models import Space
from forum.texts import SUBJECTS
from forum.threads import queries, service, wording
from forum.threads.models import LockReason, Post, Thread
from forum.threads.queries import LONGEST_PAGE, PAGE, Page

bp = Blueprint("threads", __name__)

LAST_MOMENT = 253_402_300_799  # seconds: the end of the year 9999


@bp.get("/communities/<slug>")
def latest(slug: str) -> str:
    """A community: its purpose, and what people talk about, the latest first."""
    actor = login.actor()
    space = spaces.space(actor, slug)
    rows = queries.latest_threads(actor, space, _key(request.args.get("before", "")))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    more = f"/communities/{slug}?before={last.last_post_at.timestamp():.6f}-{last.id}" if last else None
    return render_template(
        "threads/latest.html",
        space=space,
        threads=rows[:PAGE],
        more_url=more,
        member=space.id in actor.memberships,
        closed=policy.closed_because(space),
        form_key=new_form_key(),
        reads=policy.allows(actor, Permission.READ_SPACE, space),
    )


@bp.get("/communities/<slug>/threads/new")
def new(slug: str) -> str:
    """The form for a new thread, with what was agreed beside it."""
    actor = login.actor()
    space = spaces.space(actor, slug)
    policy.require(actor, Permission.START_THREAD, space, known_by=Permission.SEE_SPACE)
    return _new_page({}, slug)


def _new_page(errors: dict[str, str], slug: str) -> str:
    space = spaces.space(login.actor(), slug)
    form = {
        "title": request.form.get("title", ""),
        "body": request.form.get("body", ""),
        "note": request.form.get("note", ""),
        "form_key": request.form.get("form_key") or new_form_key(),
    }
    return render_template(
        "threads/new.html",
        subjects=SUBJECTS,
        space=space,
        version=agreements.version_in_force(space.id),
        form=form,
        errors=errors,
        readers=_readers(space),
        closed=policy.closed_because(space),
        stopped=_stopped(errors, space),
    )


@bp.post("/communities/<slug>/threads")
@answers_with(_new_page)
def start(slug: str) -> Response:
    """A new thread, at once."""
    _spend()
    post = service.start(
        login.actor(),
        slug,
        request.form.get("title", ""),
        request.form.get("body", ""),
        request.form.get("form_key", ""),
        request.form.get("note", ""),
    )
    return redirect(_place_of(post), 303)


@bp.get("/threads/<int:thread_id>")
def show(thread_id: int) -> str:
    """A stretch of a thread: twenty posts after `after`, or as far as `through` when the page had grown."""
    thread = queries.thread(login.actor(), thread_id)
    return _thread_page({}, thread, after=_number("after"), through=_number("through"))


def _thread_page(errors: dict[str, str], thread: Thread, *, after: int = 0, through: int = 0) -> str:
    actor = login.actor()
    through = min(max(through, after + PAGE), after + LONGEST_PAGE)
    posts = queries.posts_after(thread.id, after, through)
    form = {name: request.form.get(name, "") for name in ("body", "note")}
    form["form_key"] = request.form.get("form_key") or new_form_key()
    can_reply = policy.allows(actor, Permission.REPLY, thread)
    return render_template(
        "threads/show.html",
        thread=thread,
        title=_title(thread, posts, after),
        space=thread.space,
        posts=posts,
        page=_page(thread, after, through),
        form=form,
        errors=errors,
        reach_out=thread.person_id is not None,
        can_reply=can_reply,
        subjects=SUBJECTS,
        readers=_readers(thread) if can_reply else "",
        closed=policy.closed_because(thread),
        lock_words=wording.LOCK_WORDS.get(thread.lock_reason) if thread.lock_reason else None,
        lock_reasons=wording.LOCK_WORDS if policy.allows(actor, Permission.LOCK_THREAD, thread) else None,
        must_join=actor.known and thread.space_id not in actor.memberships,
        stopped=_stopped(errors, thread.space),
    )


def _title(thread: Thread, posts: list[queries.PostView], after: int) -> str:
    return (
        queries.title_as_shown(thread, posts[0].state)
        if after == 0 and posts
        else queries.shown_title(thread)
    )


@bp.get("/threads/<int:thread_id>/changes")
def changes(thread_id: int) -> Response:
    """What changed since a revision, for a page that may have missed something."""
    thread = queries.thread(login.actor(), thread_id)
    since = _number("since")
    changed = queries.changes_since(thread.id, since)
    reload = changed is None or thread.frame_revision > since
    return jsonify(
        revision=thread.revision, reload=reload, posts=[_as_pushed(view) for view in changed or []]
    )


def _reply_again(errors: dict[str, str], thread_id: int) -> str:
    thread = queries.thread(login.actor(), thread_id)
    after = max(0, (thread.post_count - 1) // PAGE * PAGE)
    return _thread_page(errors, thread, after=after)


@bp.post("/threads/<int:thread_id>/replies")
@answers_with(_reply_again)
def reply(thread_id: int) -> Response:
    """A reply, at once: to a script the rendered post in the same round trip, else back to the thread."""
    _spend()
    post = service.reply(
        login.actor(),
        thread_id,
        request.form.get("body", ""),
        request.form.get("form_key", ""),
        request.form.get("note", ""),
    )
    if not wants_json():
        return redirect(_place_of(post), 303)
    found = queries.view(post.id)
    assert found is not None
    return jsonify(post=_as_pushed(found[0]), revision=found[1], form_key=new_form_key(), care=_care_of(post))


@bp.post("/threads/<int:thread_id>/lock")
def lock(thread_id: int) -> Response:
    """Nobody posts there for now."""
    reason = request.form.get("why", "")
    queries.thread(login.actor(), thread_id)  # who may not know of it learns nothing of the form either
    if reason not in list(LockReason):
        raise Invalid("Please choose why, so that people are told.")
    service.lock(login.actor(), thread_id, LockReason(reason))
    return redirect(f"/threads/{thread_id}", 303)


@bp.post("/threads/<int:thread_id>/unlock")
def unlock(thread_id: int) -> Response:
    """People can reply again."""
    service.unlock(login.actor(), thread_id)
    return redirect(f"/threads/{thread_id}", 303)


def _edit_page(errors: dict[str, str], post_id: int) -> str:
    post = queries.own_post(login.actor(), post_id)
    form = {
        "body": request.form.get("body", post.text.current.body),
        "number": request.form.get("number", post.text.number),
    }
    if "" in errors:  # somebody else's window saved in between: the next save is about the newest version
        form["number"] = post.text.number
    return render_template(
        "threads/edit.html",
        post=queries.view_of(post),
        form=form,
        errors=errors,
        readers=_readers(post.thread),
        stopped=_stopped(errors, post.thread.space),
    )


@bp.get("/posts/<int:post_id>/edit")
def edit(post_id: int) -> str:
    """One's own words, to change."""
    actor = login.actor()
    policy.require(
        actor, Permission.EDIT_POST, queries.own_post(actor, post_id), known_by=Permission.SEE_OWN_POST
    )
    return _edit_page({}, post_id)


@bp.post("/posts/<int:post_id>/edit")
@answers_with(_edit_page)
def edited(post_id: int) -> Response:
    """The new words, at once."""
    _spend()
    number = request.form.get("number", "")
    if not number.isdecimal():
        raise Invalid("This form was not complete. Please save it again.")
    post = service.edit(login.actor(), post_id, request.form.get("body", ""), int(number[:9]))
    return redirect(_place_of(post), 303)


def _note_page(errors: dict[str, str], post_id: int) -> str:
    post = queries.post(post_id)
    policy.require(login.actor(), Permission.TEND_POST, post)
    standing = post.note.words.current.body if post.note else ""
    return render_template(
        "threads/note.html",
        post=queries.view_of(post),
        own=post.author_id == login.actor().user_id,
        form={"note": request.form.get("note", standing)},
        next=own_path(request.values.get("next", ""), ""),
        subjects=SUBJECTS,
        errors=errors,
        stopped=_stopped(errors, post.thread.space),
    )


@bp.get("/posts/<int:post_id>/note")
def note(post_id: int) -> str:
    """What a post contains, to say or to change: for its author and for moderators."""
    queries.post_to_note(login.actor(), post_id)
    return _note_page({}, post_id)


@bp.post("/posts/<int:post_id>/note")
@answers_with(_note_page)
def noted(post_id: int) -> Response:
    """The words are closed until opened, or open again."""
    post = service.note(login.actor(), post_id, request.form.get("note", ""))
    return redirect(own_path(request.form.get("next", ""), _place_of(post)), 303)


@bp.get("/posts/<int:post_id>/withdrawal")
def withdraw(post_id: int) -> str:
    """Asks once, and says what stays."""
    actor = login.actor()
    post = queries.own_post(actor, post_id)
    policy.require(actor, Permission.WITHDRAW_POST, post, known_by=Permission.SEE_OWN_POST)
    return render_template("threads/withdraw.html", post=queries.view_of(post))


@bp.post("/posts/<int:post_id>/withdrawal")
def withdrawn(post_id: int) -> Response:
    """The post is taken back."""
    return redirect(_place_of(service.withdraw(login.actor(), post_id)), 303)


def _spend() -> None:
    actor = login.actor()
    if actor.known:  # strangers are asked to log in first; their words are kept by that page
        current_app.extensions["limiter"].spend("post", actor.user_id)


def _stopped(errors: dict[str, str], space: Space) -> Stopped | None:
    """Neither a limit, a lock or an archive nor a missing title must come between words of danger and a person."""
    return stopped_words(request.form, space.slug) if errors else None


def _readers(place: Space | Thread) -> str:
    """Who can read what is about to be written there."""
    space = place if isinstance(place, Space) else place.space
    if isinstance(place, Thread) and place.person_id is not None:
        return wording.readers_of_reach_out(space, as_team=place.person_id != login.actor().user_id)
    return wording.readers_words(space, 0 if space.is_open else spaces.member_count(space.id))


def _page(thread: Thread, after: int, through: int) -> Page:
    here = f"/threads/{thread.id}"
    newer = f"{here}?after={through}" if thread.post_count > through else None
    older = None if after == 0 else here if after <= PAGE else f"{here}?after={after - PAGE}"
    return Page(
        after,
        min(through, max(thread.post_count, after)),
        newer is None,
        newer,
        older,
        here if after > PAGE else None,
    )


def _place_of(post: Post) -> str:
    """Where the post is read: its stretch of the thread; with the care panel standing, that comes first."""
    after = (post.position - 1) // PAGE * PAGE
    page = f"/threads/{post.thread_id}" + (f"?after={after}" if after else "")
    login.forget()
    person = login.signed_in()
    standing = (
        person is not None and person.user.care_post_id == post.id and person.user.care_offered_at is not None
    )
    return f"{page}#care" if standing else f"{page}#post-{post.id}"


def _care_of(post: Post) -> str | None:
    """The panel as HTML when this very post made it stand."""
    login.forget()
    person = login.signed_in()
    if person is None or person.user.care_offered_at is None or person.user.care_post_id != post.id:
        return None
    return render_template("care/_panel.html")


def _as_pushed(view: queries.PostView) -> dict[str, Any]:
    return {
        "id": view.id,
        "position": view.position,
        "revision": view.revision,
        "html": render_template("threads/_post.html", post=view),
    }


def _number(name: str) -> int:
    value = request.args.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else 0


def _key(value: str) -> tuple[datetime, int] | None:
    """A place in the list of threads: moment and id of the last row of the page before."""
    moment, _, last_id = value.partition("-")
    if not moment.replace(".", "", 1).isdecimal() or not last_id.isdecimal() or len(last_id) > 9:
        return None
    if float(moment) > LAST_MOMENT:
        return None
    return datetime.fromtimestamp(float(moment), UTC), int(last_id)
