"""The desk's pages: there for its moderators, nothing at all for others, and what was typed is kept."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.accounts.models import User
from forum.db import session
from forum.desk import queries, service
from forum.desk.models import DecisionKind
from forum.policy import STRANGER, Actor
from forum.threads import service as threads
from forum.threads.models import Post
from tests.forum import cast as people
from tests.forum.cast import Cast, new_key
from tests.forum.desk.conftest import Desk
from tests.parts.statements import statements


@pytest.fixture
def browse(app: Flask):
    """A browser of this person."""

    def open_for(actor: Actor) -> FlaskClient:
        return people.log_in(app.test_client(), actor) if actor.known else app.test_client()

    return open_for


def closed_case(desk: Desk, kind: DecisionKind, **given) -> Post:
    case = desk.case_about("this is red")
    service.decide(
        desk.cast.maya, case.id, desk.claimed(case, desk.cast.maya), kind, form_key=new_key(), **given
    )
    return desk.post_of(case)


def test_whoever_has_no_desk_finds_nothing_at_any_of_its_addresses(desk: Desk, cast: Cast, browse):
    case = desk.case_about("this is red")
    case_id = case.id
    paths = [f"/desk/cases/{case_id}{act}" for act in ("", "/claim", "/release", "/decisions")]
    missing = browse(STRANGER).get("/no/such/page").text
    for actor in (cast.ana, cast.omar, cast.olu, STRANGER):
        browser = browse(actor)
        for path in (*paths, "/desk", "/desk/", "/desk/queue", "/desk/cases/x"):
            for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                answer = browser.open(path, method=method, data={"fence": "1", "kind": "nothing_needed"})
                assert answer.status_code == 404, (actor.name, method, path)
                assert "Allow" not in answer.headers
        if not actor.known:
            assert browser.get(f"/desk/cases/{case_id}").text == missing
    assert desk.cases()[0].holder_id is None


def test_a_moderator_of_another_community_finds_no_such_case(desk: Desk, cast: Cast, browse):
    case_id = desk.case_about("this is red").id
    browser = browse(cast.kim)
    assert browser.get("/desk").status_code == 200
    assert "Nothing is waiting" in browser.get("/desk/queue").text
    assert browser.get(f"/desk/cases/{case_id}").status_code == 404
    for act in ("claim", "release", "decisions"):
        answer = browser.post(
            f"/desk/cases/{case_id}/{act}",
            data={"fence": "1", "kind": "nothing_needed", "form_key": new_key()},
        )
        assert answer.status_code == 404
    for act in ("release", "level", "decisions"):  # nor does a form with a mistake learn of it
        assert browser.post(f"/desk/cases/{case_id}/{act}", data={"kind": "?"}).status_code == 404


@pytest.mark.parametrize("path", ["/desk", "/desk/queue"])
def test_the_queue_says_what_is_pressing_and_shows_none_of_the_words(desk: Desk, cast: Cast, browse, path):
    desk.case_about("a secret that is red")
    desk.said("another secret: crisis")
    page = browse(cast.maya).get(path)
    assert page.status_code == 200
    assert "due in 59 minutes" in page.text
    assert "Being read" in page.text
    assert "secret" not in page.text


def test_the_words_of_a_case_are_veiled_and_marked(desk: Desk, cast: Cast, browse):
    case_id = desk.case_about("a <i>secret</i> that is red").id
    page = browse(cast.maya).get(f"/desk/cases/{case_id}").text
    assert 'a &lt;i&gt;secret&lt;/i&gt; that is <mark id="signal-' in page
    unveiled = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert "secret" not in unveiled


def test_claiming_answers_with_the_case_and_its_choices(desk: Desk, cast: Cast, browse):
    case_id = desk.case_about("this is red").id
    browser = browse(cast.maya)
    answer = browser.post(f"/desk/cases/{case_id}/claim")
    assert (answer.status_code, answer.location) == (303, f"/desk/cases/{case_id}")
    page = browser.get(answer.location).text
    assert "What happens now" in page
    assert "No methods, no numbers" in page


def test_whoever_comes_second_is_told_who_holds_the_case(desk: Desk, cast: Cast, browse):
    case = desk.case_about("this is red")
    desk.claimed(case, cast.maya)
    answer = browse(cast.noor).post(f"/desk/cases/{case.id}/claim")
    assert answer.status_code == 409
    assert "Maya holds this case: for 14 minutes more" in answer.text
    assert "What happens now" not in answer.text


def test_what_was_typed_stays_when_something_is_missing(desk: Desk, cast: Cast, browse):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    answer = browse(cast.maya).post(
        f"/desk/cases/{case.id}/decisions",
        data={"kind": "hide", "fence": fence, "reason": "a long <reason>", "form_key": "a key of one form"},
    )
    assert answer.status_code == 422
    assert "Please choose the rule" in answer.text
    assert "a long &lt;reason&gt;</textarea>" in answer.text
    assert 'value="a key of one form"' in answer.text


def test_what_was_typed_stays_when_somebody_else_took_the_case(desk: Desk, cast: Cast, browse, clock):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    clock(3600)
    desk.claimed(case, cast.noor)
    answer = browse(cast.maya).post(
        f"/desk/cases/{case.id}/decisions",
        data={"kind": "reach_out", "fence": fence, "message": "a kind letter", "form_key": new_key()},
    )
    assert answer.status_code == 409
    assert "Noor holds this case" in answer.text
    assert "a kind letter</textarea>" in answer.text


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "nothing_needed"}, {"kind": "burn", "fence": "1"}, {"fence": "1"}, {"kind": "hide", "fence": "x"},
        {"kind": "hide", "fence": "9" * 30}, {"kind": "nothing_needed", "fence": "1", "form_key": "short"},
    ],
)  # fmt: skip
def test_a_form_that_is_not_complete_changes_nothing(desk: Desk, cast: Cast, browse, form):
    case = desk.case_about("this is red")
    desk.claimed(case, cast.maya)
    assert browse(cast.maya).post(f"/desk/cases/{case.id}/decisions", data=form).status_code == 422
    assert desk.cases()[0].closed_at is None


def test_a_decision_goes_back_to_the_desk(desk: Desk, cast: Cast, browse):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    form = {
        "kind": "hide",
        "fence": fence,
        "rule_id": cast.rule_ids[2],
        "reason": "why",
        "form_key": new_key(),
    }
    for _ in range(2):
        answer = browse(cast.maya).post(f"/desk/cases/{case.id}/decisions", data=form)
        assert (answer.status_code, answer.location) == (303, "/desk")
    page = browse(cast.noor).get(f"/desk/cases/{case.id}").text
    assert "Hid the post, by Maya" in page
    assert "What happens now" not in page


def test_a_released_case_goes_back_to_the_others(desk: Desk, cast: Cast, browse):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    assert browse(cast.maya).post(f"/desk/cases/{case.id}/release", data={"fence": fence}).status_code == 303
    assert browse(cast.noor).post(f"/desk/cases/{case.id}/claim").status_code == 303


def test_the_author_reads_the_reason_with_their_own_words_and_nobody_else_does(
    desk: Desk, cast: Cast, browse
):
    post = closed_case(
        desk, DecisionKind.HIDE, rule_id=cast.rule_ids[2], reason="A *method* <script>alert(1)</script>"
    )
    page = browse(cast.ana).get(f"/posts/{post.id}")
    assert "No methods, no numbers" in page.text
    assert "A <em>method</em> &lt;script&gt;" in page.text
    assert "<p>this is red</p>" in page.text
    for actor in (cast.ben, cast.maya, cast.olu, STRANGER):
        assert browse(actor).get(f"/posts/{post.id}").status_code == 404
        assert "this is red" not in browse(actor).get(f"/threads/{post.thread_id}").text
    told = browse(cast.ana).get("/notices").text
    assert "No methods, no numbers" in told
    assert f'href="/posts/{post.id}"' in told


def test_ones_own_page_of_a_post_shows_it_as_it_is(desk: Desk, cast: Cast, browse):
    post = desk.said("my *own* words", title="Nights & <days>")
    page = browse(cast.ana).get(f"/posts/{post.id}").text
    assert "my <em>own</em> words" in page
    assert "Nights &amp; &lt;days&gt;" in page
    threads.withdraw(cast.ana, post.id)
    assert "You withdrew this post" in browse(cast.ana).get(f"/posts/{post.id}").text


def test_what_the_team_wrote_is_said_until_it_was_read(desk: Desk, cast: Cast, browse):
    closed_case(desk, DecisionKind.REACH_OUT, message="How are you?")
    browser = browse(cast.ana)
    page = browser.get("/notices").text
    assert "The team wrote to you" in page
    assert "The team wrote to you" in browser.get("/notices").text  # reading it writes nothing
    assert browser.post("/from-the-team/seen").location == "/notices#from-the-team"
    assert "The team wrote to you" not in browser.get("/notices").text
    [thread] = queries.reach_outs(cast.ana)
    assert "How are you?" in browser.get(f"/threads/{thread.thread_id}").text


def test_a_visitor_is_asked_to_log_in_before_reading_what_the_team_wrote(cast: Cast, browse):
    visitor = browse(STRANGER)
    assert visitor.get("/from-the-team").location == "/log-in?next=/from-the-team"
    assert visitor.post("/from-the-team/seen").status_code == 401


def test_words_for_the_team_alone_open_a_private_thread(desk: Desk, cast: Cast, browse):
    answer = browse(cast.ana).post(
        f"/communities/{cast.slug}/team", data={"body": "this is crisis", "form_key": new_key()}
    )
    assert answer.status_code == 303
    desk.read()
    assert browse(cast.maya).get(answer.location).status_code == 200
    assert browse(cast.ben).get(answer.location).status_code == 404
    session.rollback()
    assert session.get_one(User, cast.ana.user_id).care_offered_at is not None


def test_empty_words_for_the_team_are_refused_and_a_visitor_keeps_theirs_through_the_log_in(
    cast: Cast, browse
):
    path = f"/communities/{cast.slug}/team"
    assert browse(cast.ana).post(path, data={"body": " ", "form_key": new_key()}).status_code == 422
    answer = browse(STRANGER).post(path, data={"body": "please read this", "form_key": new_key()})
    assert answer.status_code == 401
    assert "please read this" in answer.text


def test_the_desk_costs_the_same_whatever_waits_and_reading_it_writes_nothing(desk: Desk, cast: Cast, browse):
    browser, costs = browse(cast.maya), []
    for more in (1, 6):
        for number in range(more):
            post = desk.said(f"this is red {number}")
            desk.said(f"this is crisis {number}", by=cast.ben)
            service.screen(1 + 4 * number)
            desk.read()
            desk.edited(post, f"this is red and more {number}")
        case_id = queries.open_cases(cast.maya)[0].id
        session.remove()
        for path in ("/desk", "/desk/queue", f"/desk/cases/{case_id}", f"/posts/{post.id}", "/notices"):
            client = browse(cast.ana) if path.startswith("/posts") else browser
            with statements() as said:
                assert client.get(path).status_code == 200
            assert not [one for one in said if not one.lstrip().upper().startswith("SELECT")]
            costs.append((path.rpartition("/")[0], len(said)))
    assert costs[:5] == costs[5:]
    assert max(cost for _, cost in costs) <= 10
