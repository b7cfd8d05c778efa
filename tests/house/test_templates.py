"""A template is named after the endpoint that renders it, so that nobody has to look for either."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html")
)
SHARED = ("layouts/", "ui/", "errors/")

# Pages that stand for an endpoint of another name, and why.
OTHERWISE = {
    "site/document.html": "site.privacy and site.terms, in force and older: one page for all",
    "accounts/resume.html": "what log_in answers when words were kept",
    "threads/post.html": "desk.own_post: the page needs the decision, which only the desk knows",
}


@pytest.fixture(scope="module")
def endpoints() -> set[str]:
    """Every endpoint of the site as its template would be called."""
    from forum import create_app, db
    from forum.config import Settings
    from tests.parts.databases import SECRET

    app = create_app(
        Settings(
            database_url="sqlite://",
            redis_url="redis://127.0.0.1:1",
            secret_key=SECRET,
            encryption_key=SECRET,
            site_mode="testing",
        ),
        read_only_sockets=True,
    )
    db.disconnect()
    return {endpoint.replace(".", "/") + ".html" for endpoint in app.view_functions}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_a_page_of_its_endpoint_or_shared(template, endpoints):
    is_partial = Path(template).name.startswith("_")
    assert template in endpoints or is_partial or template.startswith(SHARED) or template in OTHERWISE


def test_what_is_called_otherwise_is_there():
    assert set(OTHERWISE) <= set(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_used(template):
    sources = [*(ROOT / "forum").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    assert any(f'"{template}"' in path.read_text() for path in sources)


@pytest.mark.parametrize("template", TEMPLATES)
def test_only_what_was_sanitised_is_written_without_escaping(template):
    page = (ROOT / "templates" / template).read_text()
    unescaped = re.findall(r"\{\{[^}]*\|\s*safe[^}]*\}\}", page)
    known = r"\{\{ *(\w+\.)*(html|title_html|marked_html|reason_html|title) *\| *safe *\}\}"
    assert [each for each in unescaped if not re.fullmatch(known, each)] == []
    assert "autoescape" not in page


def test_the_post_is_the_same_for_everybody():
    partial = (ROOT / "templates" / "threads" / "_post.html").read_text()
    assert not re.search(r"viewer|current_user|<form|csrf|can_|now\b|cover", partial)
