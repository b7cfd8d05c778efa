"""The lead's page about the machine that reads along."""

import pytest

from forum.learning.wording import EXAMPLE_OF_OWN_WORDS
from forum.screeners import choices_as_saved
from moderation.screening import budget

SEEN = {"amber": "12.5", "red": "40 %", "own_words": EXAMPLE_OF_OWN_WORDS, "number": "0"}


def test_a_lead_sees_what_comes_with_the_software_and_saves_something_else(cast, browse):
    lea = browse(cast.lea)
    page = lea.get("/site/screening").text
    assert "The machine reads as it comes with the software." in page
    assert "Nothing on this page can switch that off" in page
    answer = lea.post("/site/screening", data=SEEN)
    assert answer.status_code == 303
    saved = lea.get(answer.headers["Location"]).text
    assert "Saved: from when it is amber, from when it is red, your own words." in saved
    assert 'value="12.5"' in saved
    assert "own-the-tower" in saved
    assert (choices_as_saved().amber, choices_as_saved().red) == (0.125, 0.4)


def test_what_was_typed_is_kept_when_something_is_wrong(cast, browse):
    lea = browse(cast.lea)
    for wrong in ({"amber": "much"}, {"red": "1"}, {"own_words": EXAMPLE_OF_OWN_WORDS + "[[entry]]\n"}):
        answer = lea.post("/site/screening", data=SEEN | wrong)
        assert answer.status_code == 422
        for words in (SEEN | wrong).values():
            assert words.splitlines()[0] in answer.text
        (name,) = wrong
        assert f'href="#field-{name}"' in answer.text
    assert choices_as_saved().number == 0


def test_who_came_second_keeps_their_words_and_can_save_them_after_looking(cast, browse):
    lea = browse(cast.lea)
    lea.post("/site/screening", data=SEEN)
    answer = lea.post("/site/screening", data=SEEN | {"amber": "20"})
    assert answer.status_code == 409
    assert 'value="20"' in answer.text
    assert 'name="number" value="1"' in answer.text
    answer = lea.post("/site/screening", data=SEEN | {"amber": "20", "number": "1"})
    assert answer.status_code == 303, answer.text[answer.text.index("error-summary") :][:400]


def test_own_words_that_do_not_fit_any_more_are_told(cast, browse, monkeypatch):
    from forum import screeners

    lea = browse(cast.lea)
    lea.post("/site/screening", data=SEEN)
    monkeypatch.setattr(screeners, "made", made_without_own_words(screeners.made))
    monkeypatch.setattr(screeners._known, "_engine", None)
    screeners.forget()
    screeners.get_ready(10)
    assert "zops is known already" in lea.get("/site/screening").text


def made_without_own_words(made):
    def refusing(choices, *reader):
        if choices.own_words:
            raise ValueError("zops is known already")
        return made(choices, *reader)

    return refusing


def test_a_lead_works_out_what_a_number_costs_a_site_of_their_size(cast, browse):
    lea = browse(cast.lea)
    few, many = (budget.costs(posts, 0.01) for posts in (50, 500))
    page = lea.get("/site/screening?posts=500&urgent=1").text
    assert f"{many[0].amber:.1f} alerts a day, {many[0].amber_false:.1f} of them false" in page
    assert many[0].amber == pytest.approx(10 * few[0].amber)
    assert f"{few[0].amber:.1f} alerts a day" in lea.get("/site/screening?posts=many&urgent=1").text


def test_a_higher_cut_never_asks_more_often_and_never_finds_more():
    for level in ("amber", "red"):
        asked = [getattr(cost, level) for cost in budget.costs(100, 0.034)]
        found = [getattr(cost, f"{level}_found") for cost in budget.costs(100, 0.034)]
        assert asked == sorted(asked, reverse=True)
        assert found == sorted(found, reverse=True)
    crises, false = budget.crises(100, 0.034)
    assert 0 < false < crises < min(cost.red for cost in budget.costs(100, 0.034))
