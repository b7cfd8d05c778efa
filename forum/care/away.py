"""The page that the proxy shows when no process of the site answers: deploy/away.html, made of the same help lines.

`python -m forum.care.away` (HELP_LINES: a site's own file) writes it to the standard output. It asks for nothing more:
no stylesheet, no script and no clock are there to be asked.
"""

import base64
import hashlib
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from forum.care import help_lines
from forum.care.help_lines import HelpLine
from forum.care.shown import NOT_CHECKED, ShownLine

TEMPLATES = Path(__file__).parents[2] / "templates"


def page() -> str:
    """The page, with every country that has lines here."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters["when"] = str  # the pieces name it; nothing on this page has a moment
    lines = help_lines.every_line()
    of_countries = [
        (country, _as_ever(line for line in lines if line.country == country.code))
        for country in help_lines.countries()
    ]
    return pages.get_template("care/_away.html").render(
        countries=[(country, there) for country, there in of_countries if there],
        world=_as_ever(help_lines.world_lines()),
    )


def style_source(page: str) -> str:
    """How a content security policy names the page's one style."""
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def _as_ever(lines: Iterable[HelpLine]) -> list[ShownLine]:
    return [ShownLine(line, None, line.opening.usual, NOT_CHECKED) for line in lines]


if __name__ == "__main__":
    help_lines.use(os.environ.get("HELP_LINES", ""))
    sys.stdout.write(page())
