"""Whose help lines come first for whoever looks: those of the country chosen on this device, else of the site's."""

from flask import current_app, has_request_context, request
from werkzeug.wrappers import Response

from forum.care import help_lines
from forum.care.help_lines import Country
from forum.site.queries import facts

COOKIE = "country"
A_YEAR = 365 * 24 * 60 * 60  # seconds


def country_here() -> Country:
    """The country; nothing is read but the request and what this process knows of the site."""
    asked = request.cookies.get(COOKIE, "") if has_request_context() else ""
    return help_lines.country(asked) or help_lines.country(facts().country) or help_lines.countries()[0]


def remember(country: Country, response: Response) -> Response:
    """Keep the choice on this device alone; it says nothing of who somebody is."""
    response.set_cookie(
        COOKIE,
        country.code,
        max_age=A_YEAR,
        secure=current_app.config["SITE"].cookies_need_https,
        httponly=True,
        samesite="Lax",
    )
    return response
