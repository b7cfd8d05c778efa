"""What a lead says of the site. To everybody else the pages under /site were never there."""

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login, policy
from forum.care import help_lines
from forum.errors import Invalid, NotFound
from forum.headers import own_origin
from forum.pages import answers_with
from forum.policy import Permission
from forum.site import documents, door, queries, service
from forum.site.models import DocumentKind, SignUps
from forum.site.queries import Facts

bp = Blueprint("site", __name__)

SAVES_SHOWN = 20
WORDS = (
    "name",
    "country",
    "time_zone",
    "hours_from",
    "hours_until",
    "languages",
    "minimum_age",
    "provider",
    "contact",
    "sign_ups",
)
# How a change is told to a lead.
CHANGE_WORDS = {
    "name": "name",
    "country": "country",
    "time_zone": "time zone",
    "hours": "hours",
    "languages": "languages",
    "minimum_age": "minimum age",
    "provider": "who provides it",
    "contact": "contact",
    "sign_up": "who may sign up",
}


@bp.get("/site")
def show() -> str:
    """The facts of the site, to be changed, and what was changed when."""
    return _page({}, typed=None)


def _page_again(errors: dict[str, str]) -> str:
    return _page(errors, typed=request.form.to_dict())


@bp.post("/site")
@answers_with(_page_again)
def save() -> Response:
    """Save the facts as one more version."""
    changed = service.change(login.actor(), _typed_facts())
    return redirect(f"/site?saved={'yes' if changed else 'nothing'}", 303)


@bp.get("/privacy")
@bp.get("/privacy/<int:number>", endpoint="privacy_version")
def privacy(number: int | None = None) -> str:
    """The privacy notice in force, or an older version of it."""
    return _document_page(DocumentKind.PRIVACY, number)


@bp.get("/terms")
@bp.get("/terms/<int:number>", endpoint="terms_version")
def terms(number: int | None = None) -> str:
    """The terms in force, or an older version of them."""
    return _document_page(DocumentKind.TERMS, number)


def _document_page(kind: DocumentKind, number: int | None) -> str:
    current = documents.document(kind)
    return render_template(
        "site/document.html",
        document=current if number is None else documents.document(kind, number),
        current=current,
        country=help_lines.country(queries.facts().country),
    )


@bp.get("/site/documents", endpoint="documents")
def documents_page() -> str:
    """Both documents, to be written anew."""
    return _documents_page({})


def _documents_page(errors: dict[str, str], kind: str = "") -> str:
    policy.require(login.actor(), Permission.KEEP_SITE)
    return render_template(
        "site/documents.html",
        errors=errors,
        asked=kind,
        body=request.form.get("body", ""),
        documents=documents.in_force(),
        saved=request.args.get("saved", ""),
    )


@bp.post("/site/documents/<kind>")
@answers_with(_documents_page)
def write(kind: str) -> Response:
    """Begin a new version."""
    policy.require(login.actor(), Permission.KEEP_SITE)
    if kind not in list(DocumentKind):
        raise NotFound()
    number = request.form.get("number", "")
    known = number.isascii() and number.isdecimal()
    documents.write(
        login.actor(), DocumentKind(kind), request.form.get("body", ""), int(number[:9]) if known else 0
    )
    return redirect(f"/site/documents?saved={kind}", 303)


@bp.get("/site/invitations")
def invitations() -> str:
    """The invitations that count, and making one."""
    return _invitations_page({})


def _invitations_page(errors: dict[str, str], token: str = "", **_: int) -> str:
    given = {"uses": "1", "days": "7"} | ({} if token else request.form.to_dict())
    return render_template(
        "site/invitations.html",
        errors=errors,
        form=given,
        link=f"{own_origin()}/sign-up?invitation={token}" if token else "",
        invitations=door.invitations(login.actor()),
        ended=request.args.get("ended", ""),
    )


@bp.post("/site/invitations")
@answers_with(_invitations_page)
def invite() -> Response:
    """Make one; its link is shown on the answer, which no browser keeps, and can never be shown again."""
    uses, days = (_small_number(name) for name in ("uses", "days"))
    page = _invitations_page({}, door.invite(login.actor(), uses, days))
    return current_app.make_response((page, {"Cache-Control": "no-store"}))


@bp.post("/site/invitations/<int:invitation_id>/revocation")
def revoke(invitation_id: int) -> Response:
    """End one; whoever came by it stays."""
    door.revoke(login.actor(), invitation_id)
    return redirect("/site/invitations?ended=yes", 303)


def _small_number(name: str) -> int:
    words = request.form.get(name, "").strip()
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 5 else 0


def _page(errors: dict[str, str], typed: dict[str, str] | None) -> str:
    policy.require(login.actor(), Permission.KEEP_SITE)
    facts = queries.facts_as_saved()
    form = {name: str(getattr(facts, name)) for name in (*WORDS, "number")} | {"age_reason": ""}
    form |= {name: value for name, value in (typed or {}).items() if name != "number"}
    return render_template(
        "site/show.html",
        errors=errors,
        form=form,
        facts=facts,
        countries=help_lines.countries(),
        saves=queries.saves(SAVES_SHOWN),
        change_words=CHANGE_WORDS,
        saved=request.args.get("saved", "") if typed is None else "",
    )


def _typed_facts() -> Facts:
    form = request.form
    age, number = form.get("minimum_age", "").strip(), form.get("number", "")
    if not (age.isascii() and age.isdecimal() and len(age) < 4):
        raise Invalid("Please write the age as a number of years.", field="minimum_age")
    if form.get("sign_ups") not in list(SignUps):
        raise Invalid("Please choose who may sign up.", field="sign_ups")
    known = number.isascii() and number.isdecimal()
    return Facts(
        name=form.get("name", ""),
        country=form.get("country", ""),
        time_zone=form.get("time_zone", ""),
        hours_from=form.get("hours_from", ""),
        hours_until=form.get("hours_until", ""),
        languages=form.get("languages", ""),
        minimum_age=int(age),
        age_reason=form.get("age_reason", ""),
        provider=form.get("provider", ""),
        contact=form.get("contact", ""),
        sign_ups=SignUps(form["sign_ups"]),
        number=int(number[:9]) if known else -1,
    )
