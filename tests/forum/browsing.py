"""A browser without the browser: it says where a form came from, and reads forms as a page shows them."""

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse


class Browser(FlaskClient):
    """Like Flask's, but it sends what every browser sends. `headers={"Sec-Fetch-Site": …}` says otherwise."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        headers = Headers(kwargs.pop("headers", None))
        headers.setdefault("Sec-Fetch-Site", "same-origin")
        return super().open(*args, headers=headers, **kwargs)


def fields_of(page: TestResponse, action: str) -> dict[str, str]:
    """What the form that goes to `action` would send as it stands; AssertionError when there is none."""
    reader = _Forms()
    reader.feed(page.text)
    assert action in reader.forms, f"no form to {action}, only to {list(reader.forms)}"
    return reader.forms[action]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.forms.setdefault(given.get("action", ""), {})
        elif self._form is not None and "name" in given:
            if tag == "input":
                self._form[given["name"]] = given.get("value", "")
            elif tag == "textarea":
                self._area = given["name"]
                self._form[self._area] = ""

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._form is not None:
            self._form[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None and self._form is not None:
            self._form[self._area] = self._form[self._area].removeprefix("\n")
            self._area = None
        elif tag == "form":
            self._form = None
