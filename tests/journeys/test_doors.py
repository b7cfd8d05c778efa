"""To everybody who has no desk, the desk is a page that was never there."""

import pytest

from tests.parts.people import Person, case_about, somebody_known, somebody_new
from tests.parts.site import Site
from tests.parts.words import RED


@pytest.fixture(scope="module")
def case_id(site: Site) -> int:
    """A case that is really there."""
    writer = somebody_new(site)
    post = writer.replies(writer.starts("Tonight", "I am here."), RED)
    return case_about(site, post)


@pytest.mark.parametrize("who", ["a visitor", "a member", "Omar"])
@pytest.mark.parametrize(
    "path", ["/desk", "/desk/", "/desk/queue", "/desk/cases/{}", "/desk/cases/999999", "/desk/settings"]
)
def test_who_has_no_desk_reads_the_same_there_as_at_a_missing_page(
    site: Site, case_id: int, who: str, path: str
):
    person = somebody(site, who)
    missing = person.get("/nothing-here")
    assert missing[0] == 404
    assert person.get(path.format(case_id)) == missing


@pytest.mark.parametrize("who", ["a visitor", "a member", "Omar"])
@pytest.mark.parametrize("act", ["claim", "release", "decisions", "level", "anything"])
def test_who_has_no_desk_can_send_nothing_to_it(site: Site, case_id: int, who: str, act: str):
    person = somebody(site, who)
    form = {"kind": "nothing_needed", "fence": "1", "form_key": "a-long-enough-key", "level": "crisis"}
    missing = person.post("/nothing-here", form)
    assert missing[0] == 404
    for path in (f"/desk/cases/{case_id}/{act}", f"/desk/cases/999999/{act}", "/desk", "/desk/queue"):
        assert person.post(path, form) == missing


def test_nobody_held_or_closed_the_case_meanwhile(site: Site, case_id: int):
    page = somebody_known(site, "Maya").get(f"/desk/cases/{case_id}")[2]
    assert "Take this case" in page


def somebody(site: Site, who: str) -> Person:
    if who == "a visitor":
        return Person(site, who)
    return somebody_new(site) if who == "a member" else somebody_known(site, who)
