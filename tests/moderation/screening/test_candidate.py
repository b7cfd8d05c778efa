"""A candidate is files: taken as a whole, tried before it reads, and never with a crisis less."""

import gzip
import json

import pytest

from moderation.screening import Level, Screener, lost_crises
from moderation.screening import model as shipped_model
from moderation.screening.candidate import TABLE, screener_of, whole, wrong_examples
from moderation.screening.lexicon import lexicon, shipped_files

MORE = b"""
[[entry]]
id = "new-the-tower"
category = "means"
level = "red"
reason = "speaks of the old water tower"
because = "Tried here."
patterns = ["going|go up the tower"]
matches = ["I'm going up the tower"]
not_matches = ["the tower is tall"]
"""
CALMING = b"""
[[entry]]
id = "calming-everything"
category = "idiom"
reason = "a manner of speaking"
because = "Tried here."
patterns = ["took them all"]
matches = ["I took them all"]
not_matches = ["the tower is tall"]
"""
TOWER = "I'm going up the tower"


def changed(name: str, old: bytes, new: bytes) -> dict[str, bytes]:
    content = shipped_files()[name]
    assert old in content
    return whole({f"lexicons/{name}.toml": content.replace(old, new, 1)})


def test_the_shipped_files_make_the_shipped_screener():
    made = screener_of(whole({TABLE: shipped_model.TABLE.read_bytes()}))
    assert made.words.version == lexicon().version
    text = "I feel so hopeless these days and I cannot see it getting better."
    assert made.screen(text) == Screener().screen(text)
    assert lost_crises(made) == []


def test_a_file_more_adds_what_it_tells_and_the_version_says_so():
    made = screener_of(whole({"lexicons/more.toml": MORE}))
    assert made.transparent(TOWER).level is Level.RED
    assert Screener().transparent(TOWER).level is Level.GREEN
    assert made.words.version != lexicon().version
    assert wrong_examples(made) == []


def test_examples_that_do_not_hold_are_noticed():
    wrong = MORE.replace(b"I'm going up", b"I'm looking at").replace(b"the tower is tall", b"go up the tower")
    assert wrong_examples(screener_of(whole({"lexicons/more.toml": wrong}))) == ["new-the-tower"]


def test_another_model_judges_alone():
    told = json.loads(gzip.decompress(shipped_model.TABLE.read_bytes()))
    told["version"] = "model-tried"
    told["alone"]["shift"] = told["with_facts"]["shift"] = 50.0  # sure of everything
    made = screener_of(whole({TABLE: gzip.compress(json.dumps(told).encode(), compresslevel=1)}))
    read = made.screen("The kettle is on and the radio is playing.")
    assert read.level is Level.RED
    assert read.version.endswith("+model-tried")


def test_a_sites_own_words_come_along():
    made = screener_of(whole({"lexicons/more.toml": MORE}), '[slang]\nzops = "pills"\n', mark="+site-3")
    assert made.transparent("I've taken all my zops").level is Level.CRISIS
    assert made.transparent(TOWER).version.endswith("+site-3")


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        ({}, "there is nothing"),
        ({"notes.txt": b""}, "there is notes.txt"),
        ({"lexicons/../words.toml": b""}, "there is lexicons"),
        ({TABLE: b"no table"}, "is no model"),
        ({"lexicons/danger.toml": b"[[entry"}, "danger.toml"),
        ({"lexicons/danger.toml": b"\xff"}, "danger.toml"),
        ({"lexicons/more.toml": b"x = 1"}, "not a lexicon"),
        ({"lexicons/words.toml": b""}, "not a lexicon"),
    ],
)
def test_files_that_are_none_are_refused_with_the_reason(files, wrong):
    with pytest.raises(ValueError, match=wrong):
        screener_of(whole(files))


@pytest.mark.parametrize(
    "entry", [entry.id for entry in lexicon().entries if entry.level is Level.CRISIS][:3]
)
def test_a_crisis_entry_that_is_gone_is_noticed(entry):
    name = next(name for name, content in shipped_files().items() if f'id = "{entry}"'.encode() in content)
    renamed = screener_of(changed(name, f'id = "{entry}"'.encode(), f'id = "{entry}-once"'.encode()))
    assert entry in lost_crises(renamed)


def test_a_crisis_that_something_new_calms_is_noticed():
    calmed = screener_of(whole({"lexicons/more.toml": CALMING}))
    assert calmed.transparent("I took them all an hour ago").level is not Level.CRISIS
    assert lost_crises(calmed) != []
