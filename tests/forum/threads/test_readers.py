"""Whoever writes is told who can read it: plainly, and too vaguely to count who comes and goes."""

import pytest

from forum.desk import service as desk
from forum.policy import STRANGER
from forum.threads import service
from forum.threads.wording import about
from tests.forum.cast import Cast, new_key

OPEN = "Anyone on the internet can read this community."
CLOSED = "Only members of After a loss can read this (fewer than 10 people), and the leads of this site."


def test_a_reply_a_new_thread_and_an_edit_say_who_can_read(cast: Cast, browse):
    for slug, words in ((cast.slug, OPEN), (cast.private_slug, CLOSED)):
        post = service.start(cast.ana, slug, "Mornings", "Kettle first.", new_key())
        for path in (
            f"/threads/{post.thread_id}",
            f"/communities/{slug}/threads/new",
            f"/posts/{post.id}/edit",
        ):
            assert words in browse(cast.ana).get(path).text, path


def test_the_private_thread_says_it_to_the_person_and_to_the_team(cast: Cast, browse):
    thread = desk.write_to_team(cast.ana, cast.slug, "A word.", new_key()).thread_id
    team = "the team of Living with bipolar can read this"
    assert f"Only you and {team}" in browse(cast.ana).get(f"/threads/{thread}").text
    assert f"Only this person and {team}" in browse(cast.maya).get(f"/threads/{thread}").text


def test_who_cannot_write_is_not_told(cast: Cast, browse):
    post = service.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key())
    assert OPEN not in browse(STRANGER).get(f"/threads/{post.thread_id}").text


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (1, "fewer than 10 people"),
        (9, "fewer than 10 people"),
        (10, "about 10 people"),
        (44, "about 40 people"),
        (99, "about 100 people"),
        (130, "about 150 people"),
        (1234, "about 1200 people"),
    ],
)
def test_how_many_is_said_roughly(members: int, words: str):
    assert about(members) == words
