"""A device in a few plain words."""

import pytest

from forum.accounts.devices import device_of

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "Firefox on Android"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 15) {WEBKIT} Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {WEBKIT} Version/18.0 Safari/604.1", "Safari on iPhone"),  # noqa: E501
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) {WEBKIT} Version/18.0 Safari/605.1", "Safari on a Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        ("", "A browser"),
        ("<b>Call me</b> on 0770", "A browser"),
    ],
)  # fmt: skip
def test_a_device_is_named_in_words_of_ours(said, words):
    assert device_of(said) == words
