"""What a lead chooses for the machine that reads along. To everybody else this page was never there."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login, policy, screeners
from forum.errors import Invalid
from forum.learning import again, queries, service
from forum.learning.wording import CHANGE_WORDS, EXAMPLE_OF_OWN_WORDS
from forum.pages import answers_with
from forum.policy import Permission
from forum.screeners import Choices
from moderation.screening import CUTS, budget

bp = Blueprint("learning", __name__)

SAVES_SHOWN = 20


@bp.get("/site/screening")
def show() -> str:
    """How the machine reads here, to be changed, and what was changed when."""
    return _page({})


def _page(errors: dict[str, str]) -> str:
    policy.require(login.actor(), Permission.KEEP_SITE)
    choices = screeners.choices_as_saved()
    form = {
        "amber": _percent(choices.amber),
        "red": _percent(choices.red),
        "own_words": choices.own_words,
    } | {name: request.form[name] for name in ("amber", "red", "own_words") if name in request.form}
    return render_template(
        "learning/show.html",
        errors=errors,
        form=form,
        number=choices.number,
        recommended={"amber": _percent(CUTS.amber), "red": _percent(CUTS.red)},
        live=screeners.live_as_known(),
        saves=queries.saves(login.actor(), SAVES_SHOWN),
        change_words=CHANGE_WORDS,
        again=again.latest(),
        budget=_budget(),
        example=EXAMPLE_OF_OWN_WORDS,
        saved=request.args.get("saved", "") if request.method == "GET" else "",
    )


@bp.post("/site/screening")
@answers_with(_page)
def choose() -> Response:
    """Save what was chosen as one more version."""
    policy.require(login.actor(), Permission.KEEP_SITE)
    number = request.form.get("number", "")
    new = Choices(
        _share("amber"),
        _share("red"),
        request.form.get("own_words", ""),
        number=int(number[:9]) if number.isascii() and number.isdecimal() else -1,
    )
    changed = service.choose(login.actor(), new)
    return redirect(f"/site/screening?saved={'yes' if changed else 'nothing'}", 303)


@bp.post("/site/screening/again")
def screen_again() -> Response:
    """Have the words of open cases read once more."""
    again.begin(login.actor())
    return redirect("/site/screening#again", 303)


def _budget() -> dict[str, object]:
    """What each cut would ask of a site of the size that the address tells."""
    posts, urgent = _asked("posts", 50, 100_000), _asked("urgent", 1, 100)
    return {
        "posts": f"{posts:g}",
        "urgent": f"{urgent:g}",
        "costs": budget.costs(posts, urgent / 100),
        "crises": budget.crises(posts, urgent / 100),
        "measured": budget.measured(),
    }


def _asked(name: str, otherwise: float, most: float) -> float:
    words = request.args.get(name, "").strip()
    whole, _, rest = words.partition(".")
    sound = len(words) < 10 and (whole + rest).isascii() and (whole + rest).isdecimal()
    return min(float(words), most) if sound else otherwise


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.4g}"


def _share(name: str) -> float | None:
    """A percentage as it was typed ('15', '15.5', '15 %'), as a number from 0 to 1; None when there is nothing."""
    words = request.form.get(name, "").replace("%", "").replace(",", ".").strip()
    if not words:
        return None
    whole, _, rest = words.partition(".")
    if len(words) > 6 or not (whole + rest).isascii() or not (whole + rest).isdecimal():
        raise Invalid("Please write a number, as in 15 or 12.5, or nothing.", field=name)
    return round(float(words) / 100, 5)
