"""What people write in, safe HTML out. The only module that knows bleach; its successor costs this file alone."""

import html
from typing import Any
from urllib.parse import urlsplit

import bleach
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = frozenset(
    {
        "p",
        "br",
        "em",
        "strong",
        "s",
        "a",
        "span",
        "blockquote",
        "ul",
        "ol",
        "li",
        "code",
        "pre",
        "hr",
        "h4",
        "h5",
        "h6",
    }
)
ATTRIBUTES = {"a": ["href", "rel"], "span": ["class"], "ol": ["start"]}
PROTOCOLS = frozenset({"http", "https", "mailto"})
LINK_REL = "nofollow ugc noopener noreferrer"


def rendered(body: str) -> str:
    """Markdown as safe HTML. Raw HTML is shown as typed, images become links, links show where they go."""
    return sanitised(_markdown.render(body.replace("\x00", "")))


def document(body: str) -> str:
    """Like `rendered`, for a page of its own under one heading: its headings begin at the second level."""
    markup = _markdown.render(body.replace("\x00", ""), {"below": 1})
    return str(
        bleach.clean(
            markup, tags=TAGS | {"h2", "h3"}, attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=False
        )
    )


def escaped(line: str) -> str:
    """One line without any markup (a title) as safe HTML."""
    return html.escape(line.replace("\x00", ""), quote=True)


def sanitised(markup: str) -> str:
    """Only the tags, attributes and protocols of this module; whatever else is shown as text."""
    return str(bleach.clean(markup, tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=False))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("strikethrough")
    parser.disable("reference")  # one long address, named 8,000 times, would become 100 MB of page
    parser.validateLink = _goes_somewhere  # type: ignore[assignment, method-assign]
    parser.add_render_rule("image", _image_as_link)
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule("link_close", _link_close)
    parser.add_render_rule("heading_open", _heading_open)
    parser.add_render_rule("heading_close", _heading_close)
    return parser


def _goes_somewhere(address: str) -> bool:
    """Whether an address can be a link: one that cannot be read, or that would do something, stays words."""
    try:
        parts = urlsplit(address.strip())
        on_another_site = parts.scheme.startswith("http") or address.startswith("//")
        return parts.scheme in PROTOCOLS | {""} and (bool(parts.hostname) or not on_another_site)
    except ValueError:
        return False


def _link_open(self: Any, tokens: list[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    address = str(tokens[index].attrGet("href") or "")
    env.setdefault("open_links", []).append(address)
    return f'<a href="{html.escape(address)}" rel="{LINK_REL}">'


def _link_close(self: Any, tokens: list[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    return f"</a>{_host_of(env['open_links'].pop())}"


def _image_as_link(self: Any, tokens: list[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    address = str(tokens[index].attrGet("src") or "")
    words = html.escape(tokens[index].content or "picture")
    return f'<a href="{html.escape(address)}" rel="{LINK_REL}">{words}</a>{_host_of(address)}'


def _host_of(address: str) -> str:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return f' <span class="link-host">({html.escape(host)})</span>' if host else ""


def _heading_open(self: Any, tokens: list[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    return f"<{_heading(tokens[index], env)}>"


def _heading_close(self: Any, tokens: list[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    return f"</{_heading(tokens[index], env)}>\n"


def _heading(token: Token, env: dict[str, Any]) -> str:
    """Headings of a post stand below the page's own three levels, so that the outline stays true."""
    return f"h{min(int(token.tag[1]) + env.get('below', 3), 6)}"


_markdown = _parser()
