"""The web application: settings, blueprints, sockets and error pages put together; no logic."""

import gc

if gc.isenabled():
    gc.disable()  # what is imported stays: looking through it while it grows is a quarter of a process's start

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import structlog
from flask import Flask, current_app, jsonify, redirect, render_template, request
from flask_login import current_user
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as OutOfConnections
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from forum import (
    addresses,
    assets,
    bell,
    config,
    db,
    encryption,
    headers,
    login,
    logs,
    mail,
    metrics,
    pages,
    policy,
    retention,
    texts,
)
from forum.care import help_lines
from forum.care import queries as care
from forum.care.help_lines import Wish
from forum.care.panel import panel_of
from forum.care.shown import ShownLine, shown
from forum.care.visitor import country_here
from forum.errors import LogInFirst, NotFound, ProveFirst, Refused, TooMany
from forum.hours import queries as hours
from forum.limits import Limiter
from forum.mail import queries as mail_queries
from forum.mine import queries as notices
from forum.policy import Permission
from forum.realtime import sockets
from forum.site.queries import facts, terms_number
from forum.site.queries import use as begin_with_facts_of

ROOT = Path(__file__).parent.parent
LARGEST_REQUEST = 1024 * 1024  # bytes: 40,000 characters, escaped by a browser at their widest, and some room

TITLES = {
    401: "Please log in first",
    403: "That is not possible here",
    404: "Nothing here",
    409: "Somebody was first",
    413: "Too long",
    422: "Not quite",
    429: "One moment",
    503: "This does not work at the moment",
}

log = structlog.get_logger(__name__)


@contextmanager
def _told_to_commands() -> Iterator[None]:
    """Flask's own program would bury the sentence of a wrong setting under a traceback."""
    try:
        yield
    except config.Misconfigured as why:
        if click.get_current_context(silent=True) is None:
            raise
        click.echo(f"Error: {why}", err=True)
        raise SystemExit(2) from None


@_told_to_commands()
def create_app(settings: config.Settings | None = None, *, read_only_sockets: bool = False) -> Flask:
    """The site as `settings` (or the environment) say; raises Misconfigured with one sentence."""
    settings = settings or config.from_environment()
    logs.use(settings.log_level)
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        # By this name browsers take it from this very host alone: no neighbour under the same domain can set it.
        SESSION_COOKIE_NAME="__Host-session" if settings.cookies_need_https else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.cookies_need_https,
        REMEMBER_COOKIE_HTTPONLY=True,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        SITE=settings,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.extensions["limiter"] = Limiter(settings.limits_url, settings.secret_key, on=settings.limits)
    db.connect(settings.database_url, settings.clock_file)
    encryption.use(settings.encryption_key)
    begin_with_facts_of(settings)
    _read_help_lines(settings)
    bell.hang(settings.sockets_url)
    mail.use(settings)
    logs.init(app)
    metrics.init(app)
    login.init(app)
    addresses.init(app)
    _add_features(app)
    _add_pages(app)
    _add_refusals(app)
    headers.init(app, https=settings.cookies_need_https)
    if not read_only_sockets:
        sockets.open_sockets(app, settings)
    from forum import cli

    cli.init(app)
    return app


def _read_help_lines(settings: config.Settings) -> None:
    try:
        help_lines.use(settings.help_lines)
    except help_lines.WrongLines as wrong:
        raise config.Misconfigured(f"HELP_LINES: {wrong}") from None


def _add_features(app: Flask) -> None:
    from forum.accounts import own_routes as account
    from forum.accounts import routes as accounts
    from forum.agreements import routes as agreements
    from forum.care import routes as care_routes
    from forum.communities import routes as communities
    from forum.desk import routes as desk
    from forum.home import routes as home
    from forum.hours import routes as hours_routes
    from forum.learning import routes as learning
    from forum.mail import routes as mail_routes
    from forum.mine import routes as mine
    from forum.site import routes as site
    from forum.spaces import routes as spaces
    from forum.team import routes as team
    from forum.threads import routes as threads

    of_people = (home, care_routes, accounts, account, spaces, agreements, threads, desk, mine)
    for feature in (*of_people, hours_routes, site, communities, learning, team, mail_routes):
        app.register_blueprint(feature.bp)


def _add_pages(app: Flask) -> None:
    app.jinja_env.globals["kept_days"] = retention.IN_DAYS

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        site = facts()
        now_covered = hours.cover()
        return {
            "site": site,
            "cover": now_covered,
            "awake_here": awake_here,
            "viewer": Viewer(now_covered.expected),
            "asset": assets.address,
            "integrity": assets.integrity,
            "lines_here": lines_here,
            "lines_for_panel": lines_for_panel,
            "lines_for_words": lines_for_words,
            "young_lines_here": young_lines_here,
        }

    @app.template_filter("when")
    def when(moment: datetime) -> str:
        there = moment.astimezone(facts().zone)
        return f"{there.day} {there:%B %Y}, {there:%H:%M}"  # the same for every reader and at every time

    @app.template_filter("day")
    def day(moment: datetime) -> str:
        there = moment.astimezone(facts().zone)
        return f"{there.day} {there:%B %Y}"

    @app.teardown_appcontext
    def let_go(_: BaseException | None) -> None:
        db.session.remove()


def lines_here(topics: frozenset[str] = frozenset()) -> list[ShownLine]:
    """Two or three people to reach now, for whoever looks; they may know of some topics."""
    return shown(help_lines.chosen(country_here().code, db.now(), Wish(topics=topics)), db.now())


def lines_for_panel() -> list[ShownLine]:
    """The same for what the person who looks wrote last that suggested danger."""
    return lines_here(care.written_about(login.actor().user_id))


def lines_for_words(words: str) -> list[ShownLine]:
    """The same for words that something stopped."""
    return lines_here(help_lines.topics_of(texts.categories_in(words)))


def awake_here() -> list[str]:
    """The names of some who answer now, for the hours in which nobody of the team is here."""
    return [one.line.name for one in lines_here() if one.is_open and not one.line.emergency]


def young_lines_here() -> list[ShownLine]:
    """The same for children and young people, who may be too young for this site."""
    return shown(help_lines.lines_for_the_young(country_here().code, db.now()), db.now())


class Viewer:
    """Who looks at the page, read only when a template asks: help pages never do, so they need no database."""

    def __init__(self, expected: str) -> None:
        self._expected = expected

    @property
    def known(self) -> bool:
        """Whether this is somebody with an account."""
        return bool(current_user.is_authenticated)

    @property
    def user_id(self) -> int | None:
        """The id of their account."""
        return login.actor().user_id

    @property
    def name(self) -> str:
        """Their pseudonym."""
        return login.actor().name

    @property
    def moderates(self) -> bool:
        """Whether there is a desk for them."""
        return login.actor().moderates

    @property
    def keeps_site(self) -> bool:
        """Whether they look after the site as a whole."""
        return policy.allows(login.actor(), Permission.KEEP_SITE)

    @property
    def failed_mail(self) -> int:
        """How many mails failed, for who can do something about it."""
        return mail_queries.failed_count() if self.keeps_site else 0

    @property
    def code_waits(self) -> bool:
        """Whether a recovery code was made in this browser and they did not say yet that they have kept it."""
        from forum.accounts.entering import waiting_code

        return waiting_code(self.user_id) is not None

    @property
    def has_terms_to_read(self) -> bool:
        """Whether terms are in force that they did not agree to yet."""
        person = login.signed_in()
        return bool(person and person.user.terms_number < terms_number())

    @property
    def care(self) -> Any:
        """Their care panel, while it stands."""
        person = login.signed_in()
        return panel_of(person.user, self._expected) if person else None

    @property
    def team_wrote(self) -> bool:
        """Whether the team wrote something that they did not open yet."""
        person = login.signed_in()
        return bool(person and person.user.team_wrote_at)

    @property
    def new_notices(self) -> int:
        """In how many of their conversations something is new; none of it is counted where they want quiet."""
        person = login.signed_in()
        return person.user.new_notices if person and not person.user.quiet else 0

    @property
    def quiet(self) -> bool:
        """Whether they asked for quiet."""
        person = login.signed_in()
        return bool(person and person.user.quiet)

    def hearing(self, thread_id: int) -> notices.Hearing | None:
        """How they hear of a conversation that they take part in."""
        return notices.hearing(login.actor(), thread_id)


def _add_refusals(app: Flask) -> None:
    """One table from what goes wrong to what a person sees; scripts of ours get the same sentence as JSON."""
    app.before_request(_refuse_other_sites)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http_refused)
    app.register_error_handler(SQLAlchemyError, _no_database)
    app.register_error_handler(Exception, _bug)


def _refuse_other_sites() -> Any:
    if headers.came_from_here():
        return None
    return _calm_page(
        403,
        "This came from another site, so it was not taken. Please send it again from here.",
        to_send_again=False,  # one press must not say in this person's name what another site made up
    ), 403


def _refused(refusal: Refused, *, of_its_page: bool = False) -> Any:
    db.session.rollback()
    if isinstance(refusal, NotFound) and _may_be_theirs_after_log_in():
        refusal = LogInFirst()
    if pages.wants_json():
        fields = {refusal.field: refusal.sentence} if refusal.field else {}
        answer: Any = jsonify(error=refusal.sentence, fields=fields)
    elif isinstance(refusal, LogInFirst) and request.method == "POST":
        from forum.accounts.routes import log_in_page

        answer = log_in_page(next_path=pages.readable_path(request.path), kept=pages.kept_words())
    elif isinstance(refusal, ProveFirst):
        answer = render_template(
            "errors/prove_first.html", sentence=refusal.sentence, kept=pages.kept_words()
        )
    elif isinstance(refusal, LogInFirst):
        return redirect(f"/log-in?next={quote(request.path)}", 303)
    else:
        try:
            calm = of_its_page or isinstance(refusal, NotFound)
            own_page = None if calm else pages.page_on_refusal(refusal)
        except Refused as not_theirs:
            return _refused(
                not_theirs, of_its_page=True
            )  # whatever was wrong, the form is not for this person
        answer = own_page or _calm_page(refusal.status, refusal.sentence)
    response = current_app.make_response(answer)
    response.status_code = refusal.status
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.wait)
    return response


def _may_be_theirs_after_log_in() -> bool:
    """Whether somebody whose session may have ended sent words. They learn nothing of what is there: the answer
    is the same for what is not. The desk is nowhere for strangers, whatever they send."""
    return (
        request.endpoint is not None
        and not request.path.startswith("/desk/")
        and not current_user.is_authenticated
        and pages.kept_words() is not None
    )


def _http_refused(error: HTTPException) -> Any:
    if isinstance(error, RequestEntityTooLarge):
        return _calm_page(413, "This is too long to be sent in one piece."), 413
    if error.code == 404:
        return _refused(NotFound())
    if error.code is None or error.code < 400:
        return error
    return _calm_page(
        error.code, "This page does not work like that." if error.code == 405 else ""
    ), error.code


def _no_database(error: SQLAlchemyError) -> Any:
    cause = type(error.__cause__).__name__
    log.error("database_trouble", kind=type(error).__name__, cause=cause, endpoint=request.endpoint)
    db.session.remove()
    return _broken(503 if isinstance(error, OperationalError | InterfaceError | OutOfConnections) else 500)


def _bug(error: Exception) -> Any:
    log.error("unexpected", kind=type(error).__name__, endpoint=request.endpoint, where=logs.where(error))
    return _broken(500)


def _broken(status: int) -> Any:
    sentence = (
        "Something here does not work at the moment, and it is not your doing. Please try again in a minute."
    )
    if pages.wants_json():
        return jsonify(error=sentence, fields={}), status
    return render_template(
        "errors/broken.html",
        status=status,
        title="This does not work at the moment",
        sentence=sentence,
        kept=pages.kept_words(),
    ), status


def _calm_page(status: int, sentence: str, *, to_send_again: bool = True) -> str:
    title = TITLES.get(status, "That did not work")
    kept = None if request.content_length and request.content_length > LARGEST_REQUEST else pages.kept_words()
    if kept and not to_send_again:
        kept = replace(kept, action="")
    return render_template(
        "errors/refused.html", status=status, title=title, sentence=sentence or title + ".", kept=kept
    )


gc.freeze()
gc.enable()
