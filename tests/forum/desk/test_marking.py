"""Evidence as HTML: what somebody typed can never become a tag, and every finding has its place."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from forum.desk.marking import marked


def finding(start: int, end: int, category: str = "plan"):
    return {"category": category, "start": start, "end": end, "reason": "why"}


def test_a_finding_is_marked_and_numbered():
    assert marked("I have a plan.", [finding(7, 13)], "s1") == (
        'I have <mark id="s1-mark-1">a plan</mark><sup class="mark-number">1</sup>.'
    )


def test_what_was_typed_stays_text():
    typed = "<script>alert('x')</script> & \"<mark>\""
    page = marked(typed, [finding(0, 8), finding(9, 20)], "s1")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert words_of(page) == typed


def test_line_breaks_are_kept():
    assert marked("one\n\ntwo", [], "s1") == "one\n\ntwo"


def test_spans_that_overlap_are_all_marked_and_never_cross():
    page = marked("abcdef", [finding(0, 4), finding(2, 6)], "s1")
    assert page == (
        '<mark id="s1-mark-1">ab</mark><mark id="s1-mark-2">cd</mark><sup class="mark-number">1</sup>'
        '<mark>ef</mark><sup class="mark-number">2</sup>'
    )


def test_two_findings_in_one_place_have_an_id_each():
    page = marked("abc", [finding(0, 3), finding(0, 3)], "s1")
    assert page == (
        '<mark id="s1-mark-1"><mark id="s1-mark-2">abc</mark></mark><sup class="mark-number">1, 2</sup>'
    )


def test_a_text_that_could_not_be_read_is_not_marked_all_over():
    assert marked("abc", [finding(0, 3, "unread"), finding(1, 2)], "s1") == (
        'a<mark id="s1-mark-2">b</mark><sup class="mark-number">2</sup>c'
    )


def test_spans_outside_the_text_are_cut_off():
    assert marked("abc", [finding(-2, 1), finding(2, 99), finding(50, 60)], "s1") == (
        '<mark id="s1-mark-1">a</mark><sup class="mark-number">1</sup>b'
        '<mark id="s1-mark-2">c</mark><sup class="mark-number">2, 3</sup>'
    )


def test_no_words_and_no_findings_are_nothing():
    assert marked("", [], "s1") == ""


TYPED = st.text(
    alphabet=st.one_of(st.sampled_from("<>&\"'\n\u202e😀a1/="), st.characters(codec="utf-8")), max_size=60
)
SPANS = st.lists(st.tuples(st.integers(-3, 70), st.integers(-3, 70)), max_size=6)


@given(TYPED, SPANS)
def test_whatever_was_typed_and_found_the_words_come_out_whole_and_no_other_tag_does(typed, spans):
    page = marked(typed, [finding(start, end) for start, end in spans], "s1")
    assert words_of(page) == typed
    tags = re.findall(r"<[^>]*>", page)
    assert all(
        re.fullmatch(r'<mark( id="s1-mark-\d")?>|</mark>|<sup class="mark-number">|</sup>', tag)
        for tag in tags
    )
    assert page.count("<mark") == page.count("</mark>")


def words_of(page: str) -> str:
    without_numbers = re.sub(r'<sup class="mark-number">[\d, ]*</sup>', "", page)
    return html.unescape(re.sub(r"</?mark[^>]*>", "", without_numbers))
