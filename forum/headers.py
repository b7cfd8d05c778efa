"""Where a request came from, and the strict headers of every answer; why is told in docs/adr/0005."""

import re

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from forum import assets

FOR_SEARCH_ENGINES = {"home.show", "care.help"}  # so that help is found; no page with posts ever is
A_YEAR = 31_536_000  # seconds
BUILT = re.compile(r"/static/dist/.+-[A-Z0-9]{8}\.[a-z0-9]+")  # named after what is in it

# What browsers may give to pages elsewhere, and nothing here asks for.
UNUSED = (
    "accelerometer", "bluetooth", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip


def came_from_here() -> bool:
    """Whether this request only reads, or was sent by a page of ours: by the browser's word, never by a token."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in ("same-origin", "none")
    return bool(request.headers.get("Origin") == own_origin())


def own_origin() -> str:
    """Where this site is, as links that people pass on begin: as ORIGIN says, never as a request says it is. Only
    where people develop or test may the request say it."""
    settings = current_app.config["SITE"]
    return str(settings.origin) if settings.hosted else request.host_url.rstrip("/")


def init(app: Flask, *, https: bool) -> None:
    """Add the headers to every answer; with `https`, browsers are told to come by it only."""
    always = {
        "Content-Security-Policy": content_security_policy(),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    }
    if https:
        always["Strict-Transport-Security"] = f"max-age={A_YEAR}"

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in always.items():
            response.headers[name] = value
        _say_who_may_keep(response)
        return response


def content_security_policy() -> str:
    """The built script by its hash and nothing else that runs; styles and pictures from here."""
    script = assets.integrity("app.js")
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{script}'" if script else "script-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types pages",
        )
    )


def _say_who_may_keep(response: Response) -> None:
    """Built files for ever, as their names change with them. Pages are one person's: no shared cache keeps them, and
    one's own browser asks again; nobody keeps the answer to a password. A page that shows a secret once says
    `no-store` itself."""
    headers = response.headers
    if request.endpoint == "static":
        hashed = response.status_code < 400 and BUILT.fullmatch(request.path)
        headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if hashed else "no-cache"
        return
    headers.add("Vary", "Cookie")
    answers_a_secret = request.blueprint == "accounts" and request.method == "POST"
    headers.setdefault("Cache-Control", "no-store" if answers_a_secret else "private, no-cache")
    if request.endpoint not in FOR_SEARCH_ENGINES:
        headers["X-Robots-Tag"] = "noindex"
