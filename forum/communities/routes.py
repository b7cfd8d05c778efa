"""The pages of a lead about communities: the list, a new one, and the settings of one."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login, policy
from forum.agreements.starting import STARTING_RULES, RuleDraft
from forum.communities import queries, service
from forum.communities.service import Description, Plan
from forum.db import now
from forum.errors import Invalid
from forum.pages import answers_with
from forum.policy import Permission
from forum.site.queries import facts
from forum.spaces import queries as spaces
from forum.spaces.models import Role

bp = Blueprint("communities", __name__)

RULES_AT_MOST = 12
NOTICE = timedelta(days=14)
EMPTY = RuleDraft("", "", "", "")
PARTS = ("title", "meaning", "why", "how")


@bp.get("/site/communities")
def show() -> str:
    """Every community, who looks after it, and what is open there."""
    return render_template("communities/show.html", rows=queries.communities(login.actor()))


def _new_page(errors: dict[str, str]) -> str:
    policy.require(login.actor(), Permission.KEEP_SITE)
    rules = list(_rules()) or list(STARTING_RULES)
    return render_template(
        "communities/new.html",
        form=request.form,
        rules=[*rules, EMPTY][:RULES_AT_MOST],
        least=spaces.site_minimum_age(),
        errors=errors,
    )


@bp.get("/site/communities/new")
def new() -> str:
    """The form for a new community, with an agreement to begin with."""
    return _new_page({})


@bp.post("/site/communities")
@answers_with(_new_page)
def make() -> Response:
    """The community is there, and empty."""
    policy.require(login.actor(), Permission.KEEP_SITE)
    space = service.make(
        login.actor(),
        Plan(
            *_described(),
            slug=request.form.get("slug", ""),
            organisers=_names("organisers"),
            moderators=_names("moderators"),
            rules=list(_rules()),
        ),
    )
    return redirect(f"/site/communities/{space.slug}/settings", 303)


def _settings_page(errors: dict[str, str], slug: str) -> str:
    space = queries.community(login.actor(), slug)
    return render_template(
        "communities/settings.html",
        space=space,
        form=request.form,
        team=queries.team(space.id),
        least=spaces.site_minimum_age(),
        in_two_weeks=(now().astimezone(facts().zone) + NOTICE).date().isoformat(),
        open_cases=queries.open_case_count(space.id),
        errors=errors,
    )


@bp.get("/site/communities/<slug>/settings")
def settings(slug: str) -> str:
    """What the community says of itself, who may read it, and who looks after it."""
    return _settings_page({}, slug)


@bp.post("/site/communities/<slug>/settings")
@answers_with(_settings_page)
def describe(slug: str) -> Response:
    """What it says of itself from now on."""
    policy.require(login.actor(), Permission.KEEP_SITE)
    service.describe(login.actor(), slug, Description(*_described()))
    return redirect(f"/site/communities/{slug}/settings", 303)


@bp.post("/site/communities/<slug>/roles")
@answers_with(_settings_page)
def give_role(slug: str) -> Response:
    """Somebody looks after it from now on, or no longer."""
    policy.require(login.actor(), Permission.KEEP_SITE)
    role = request.form.get("role", "")
    if role not in list(Role):
        raise Invalid("Please choose what they are to be.", field="role")
    service.give_role(login.actor(), slug, request.form.get("pseudonym", ""), Role(role))
    return redirect(f"/site/communities/{slug}/settings#team", 303)


@bp.post("/site/communities/<slug>/archive")
@answers_with(_settings_page)
def archive(slug: str) -> Response:
    """It is announced: from the chosen day on nothing new is written there."""
    day, reason = request.form.get("archive_on", ""), request.form.get("archive_reason", "")
    service.announce_archive(login.actor(), slug, day, facts().zone, reason)
    return redirect(f"/site/communities/{slug}/settings#archive", 303)


@bp.post("/site/communities/<slug>/reopening")
def reopen(slug: str) -> Response:
    """It is open again, or stays open."""
    service.reopen(login.actor(), slug)
    return redirect(f"/site/communities/{slug}/settings#archive", 303)


def _described() -> tuple[str, str, str, bool, int | None]:
    form = request.form
    reading, age = form.get("reading", ""), form.get("minimum_age", "").strip()
    if reading not in ("open", "members"):
        raise Invalid("Please choose who may read it.", field="reading")
    if age and not (age.isdecimal() and len(age) < 4):
        raise Invalid("Please write the age as a number.", field="minimum_age")
    return (
        form.get("name", ""),
        form.get("purpose", ""),
        form.get("for_whom", ""),
        reading == "open",
        int(age) if age else None,
    )


def _names(field: str) -> list[str]:
    return [
        name for line in request.form.get(field, "").splitlines() for name in line.split(",") if name.strip()
    ]


def _rules() -> Iterator[RuleDraft]:
    """The rules of the form, in order, without those that were left empty."""
    for number in count(1):
        parts = [request.form.get(f"rule-{number}-{part}") for part in PARTS]
        if number > RULES_AT_MOST or parts == [None] * len(PARTS):
            return
        rule = RuleDraft(*(" ".join((part or "").replace("\x00", "").split()) for part in parts))
        if rule != EMPTY:
            yield rule
