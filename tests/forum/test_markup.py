"""What people write is shown as they meant it and does nothing else."""

import time
from html.parser import HTMLParser

import nh3
import pytest

from forum import markup
from forum.texts import LONGEST

ORDINARY = {
    "A plain line": "<p>A plain line</p>\n",
    "*so* **much** ~~less~~": "<p><em>so</em> <strong>much</strong> <s>less</s></p>\n",
    "one\ntwo  \nthree": "<p>one\ntwo<br>\nthree</p>\n",
    "> quoted": "<blockquote>\n<p>quoted</p>\n</blockquote>\n",
    "- a\n- b": "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n",
    "3. a": '<ol start="3">\n<li>a</li>\n</ol>\n',
    "`a < b`": "<p><code>a &lt; b</code></p>\n",
    "I <3 you & 2 > 1": "<p>I &lt;3 you &amp; 2 &gt; 1</p>\n",
    "# Title": "<h4>Title</h4>\n",
    "###### Small": "<h6>Small</h6>\n",
    "---": "<hr>\n",
}

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>body{display:none}</style>",
    "<!-- --><b onmouseover=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<form action=/log-out method=post><button>x</button></form>",
    "<p id=main class=site-header style=position:fixed>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](\tjavascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '![x" onerror="alert(1)](https://a.example/b.png)',
    '[x](https://a.example/"onclick="alert(1))',
    '[x](https://a.example "t\\" onclick=\\"alert(1)")',
    "[x](https://a.example/<script>)",
    "[<img src=x onerror=alert(1)>](https://a.example)",
    "[x](https://good.example@evil.example/)",
    "[x](https://[::1)",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "<<script>script>alert(1)<</script>/script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<sc\x00ript>alert(1)</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "\u202etxt.exe\u202c \ufffe \u2028 <b>",
]
CORPUS = [*ORDINARY, *HOSTILE]


@pytest.mark.parametrize(("typed", "shown"), ORDINARY.items())
def test_ordinary_words_are_shown_as_they_were_meant(typed, shown):
    assert markup.rendered(typed) == shown


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_that_is_typed_does_anything(typed):
    html = markup.rendered(typed)
    seen = _Reader(html).elements
    assert {tag for tag, _ in seen} <= markup.TAGS
    for _, attributes in seen:
        assert set(attributes) <= {"href", "rel", "class", "start"}
        assert attributes.get("href", "https:").partition(":")[0] in markup.PROTOCOLS | {"/"}
        assert attributes.get("class", "link-host") == "link-host"


def test_an_image_is_a_link_that_shows_where_it_goes():
    assert markup.rendered("![a cat](https://pictures.example/cat.png)") == (
        f'<p><a href="https://pictures.example/cat.png" rel="{markup.LINK_REL}">a cat</a>'
        ' <span class="link-host">(pictures.example)</span></p>\n'
    )


def test_an_image_without_words_is_called_a_picture():
    assert ">picture</a>" in markup.rendered("![](https://pictures.example/cat.png)")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://help.example/now", "help.example"),
        ("https://HELP.example:8443/now", "help.example"),
        ("https://help.example@evil.example/", "evil.example"),
        ("//evil.example/now", "evil.example"),
        ("https://xn--hlp-bma.example/", "xn--hlp-bma.example"),
    ],
)
def test_a_link_shows_the_host_that_it_really_goes_to(address, host):
    assert f'<span class="link-host">({host})</span>' in markup.rendered(f"[here]({address})")


def test_a_link_that_looks_like_another_address_still_shows_its_own():
    html = markup.rendered("[https://help.example](https://evil.example/)")
    assert "(evil.example)" in html


@pytest.mark.parametrize(
    "typed",
    [
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "![x](vbscript:x)",
        "[x](https://[::1)",
        "<http://:80>",
    ],
)
def test_a_link_that_would_do_something_or_goes_nowhere_is_words_only(typed):
    assert "<a" not in markup.rendered(typed)


def test_headings_stand_below_those_of_the_page():
    assert markup.rendered("# a\n## b\n### c\n#### d").count("<h4>") == 1
    assert "<h1" not in markup.rendered("a\n=\n\nb\n-")


def test_a_title_has_no_markup():
    assert markup.escaped('<b>"Tom" & *Ana*\x00</b>') == "&lt;b&gt;&quot;Tom&quot; &amp; *Ana*&lt;/b&gt;"


@pytest.mark.parametrize("typed", CORPUS)
def test_the_planned_successor_of_bleach_shows_the_same(typed):
    html = markup.rendered(typed)
    again = nh3.clean(
        html,
        tags=set(markup.TAGS),
        attributes={tag: set(names) for tag, names in markup.ATTRIBUTES.items()},
        url_schemes=set(markup.PROTOCOLS),
        link_rel=None,
    )
    assert _Reader(again).elements == _Reader(html).elements
    assert _Reader(again).words == _Reader(html).words


@pytest.mark.parametrize("markup_from_elsewhere", HOSTILE)
def test_both_sanitisers_refuse_the_same_in_markup_that_was_not_ours(markup_from_elsewhere):
    for clean in (markup.sanitised, lambda html: nh3.clean(html, tags=set(markup.TAGS), link_rel=None)):
        seen = _Reader(clean(markup_from_elsewhere)).elements
        assert {tag for tag, _ in seen} <= markup.TAGS
        assert not any(name.startswith("on") or name == "style" for _, given in seen for name in given)
        assert not any("script:" in given.get("href", "") for _, given in seen)


SECONDS = 20  # of work; what grows with the square takes minutes, the slowest honest one takes two
NASTY = {
    "open brackets": "[",
    "image brackets": "![",
    "quotes in quotes": "> ",
    "lists in lists": "- ",
    "numbered lists": "1. ",
    "stars": "*",
    "stars and words": "*a **b ",
    "underscores": "_a__b",
    "links in links": "[a](",
    "links": "[](/)",
    "angles": "<",
    "ampersands": "&",
    "closed angles": "<a>",
    "comments": "<!--",
    "backticks": "`a``b",
    "backslashes": "\\",
    "strikes": "~~a",
    "autolinks": "<http://a>",
    "entities": "&#x3c;",
    "tabs and lines": "\t\n",
    "headings": "#\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("piece", NASTY.values(), ids=NASTY.keys())
def test_forty_thousand_nasty_characters_are_rendered_in_bounded_time(piece):
    typed = (piece * LONGEST)[:LONGEST]
    began = time.process_time()
    html = markup.rendered(typed)
    assert time.process_time() - began < SECONDS
    assert len(html) < 60 * LONGEST


def test_a_long_address_is_not_multiplied_by_naming_it_often():
    definition = "[a]: https://a.example/" + "x" * (LONGEST // 2) + "\n\n"
    typed = definition + "[a]" * ((LONGEST - len(definition)) // 3)
    began = time.process_time()
    html = markup.rendered(typed)
    assert time.process_time() - began < SECONDS
    assert len(html) < 60 * LONGEST


class _Reader(HTMLParser):
    """What a parser of HTML finds: elements with their attributes, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data
