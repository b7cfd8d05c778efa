"""Which addresses can name a thing at all: what no database could look up is not found, on both alike."""

from typing import Any

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map

from forum.errors import NotFound

LARGEST_ID = 2**31 - 1


class RowId(IntegerConverter):
    """A number that a row can have."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": LARGEST_ID} | kwargs)


def init(app: Flask) -> None:
    """Use it for every `<int:…>`, and find nothing at an address with a character that no database takes."""
    app.url_map.converters["int"] = RowId

    @app.before_request
    def can_name_something() -> None:
        if "\x00" in request.path:
            raise NotFound()
