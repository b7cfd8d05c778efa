"""What every answer of the site says to browsers and caches, whatever it is about."""

from werkzeug.test import TestResponse

CSP = (
    "default-src 'none'",
    "script-src ",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types pages",
)
STRICT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SECRETS = ('class="recovery-code"', 'class="scan"', 'class="invitation-link"')  # what is shown once
UNUSED = ("camera=()", "microphone=()", "geolocation=()", "browsing-topics=()")


def lacking(answer: TestResponse) -> list[str]:
    """What a strict answer would say and this one does not."""
    headers = answer.headers
    found = [name for name, value in STRICT.items() if headers.getlist(name) != [value]]
    policy = headers.get("Content-Security-Policy", "").split("; ")
    if len(policy) != len(CSP) or not all(
        said.startswith(begins) for said, begins in zip(policy, CSP, strict=True)
    ):
        found.append("Content-Security-Policy")
    if any("unsafe" in said or "*" in said for said in policy):
        found.append("a content security policy that means something")
    permissions = headers.get("Permissions-Policy", "").split(", ")
    found += [feature for feature in UNUSED if feature not in permissions]
    if not answer.request.path.startswith("/static/"):
        found += _lacking_of_a_page(answer)
    return found


def _lacking_of_a_page(answer: TestResponse) -> list[str]:
    """No shared cache keeps a page, and nobody is given another's."""
    kept = answer.headers.get("Cache-Control", "")
    private = kept == "private, no-cache" or "no-store" in kept
    missing = [] if private and "public" not in kept else [f"Cache-Control, not {kept}"]
    if any(secret in answer.text for secret in SECRETS) and kept != "no-store":
        missing.append("no-store, for what is shown once")
    if "Cookie" not in ", ".join(answer.headers.getlist("Vary")):
        missing.append("Vary: Cookie")
    if answer.request.path not in ("/", "/help") and answer.headers.get("X-Robots-Tag") != "noindex":
        missing.append("X-Robots-Tag")
    return missing
