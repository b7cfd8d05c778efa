"""What the evaluation reads, counts and writes."""

import gzip
import json
from xml.etree import ElementTree

import pytest

from moderation.screening import Level, model
from moderation.training import evaluate, plots
from moderation.training.measures import Read
from moderation.training.sources import LICENSED, held_out, posts
from moderation.training.vocabulary import counted, of_corpus, of_posts


def labelled(path, *lines):
    written = "".join(json.dumps(line) + "\n" for line in lines)
    path.write_bytes(gzip.compress(written.encode()) if path.suffix == ".gz" else written.encode())
    return path


def test_posts_are_read_packed_or_plain_and_a_level_says_what_is_urgent(tmp_path):
    line = {"id": "a", "source": "s", "text": "hello", "label_binary": None, "label_level": "red"}
    for name in ("posts.jsonl", "posts.jsonl.gz"):
        (post,) = posts(labelled(tmp_path / name, line))
        assert (post.id, post.urgent, post.level) == ("a", None, Level.RED)
    (post,) = posts(labelled(tmp_path / "own.jsonl", {"text": "hello", "level": "crisis"}))
    assert (post.urgent, post.level) == (True, Level.CRISIS)


def test_a_line_that_cannot_be_read_is_named_without_its_words(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "fine", "label_binary": 1}\n{"private words\n')
    with pytest.raises(ValueError, match=r"^line 2: JSONDecodeError$"):
        list(posts(path))


def test_a_fifth_is_held_out_for_ever():
    assert 150 < sum(held_out(f"post-{number}") for number in range(1000)) < 250
    assert [held_out(one) for one in ("a", "b", "c")] == [held_out(one) for one in ("a", "b", "c")]


def test_every_source_that_trains_has_a_licence():
    assert all(source.licence in {"MIT", "Apache-2.0"} for source in LICENSED.values())


def test_what_fewer_than_five_posts_say_is_not_in_the_model():
    in_posts = counted([{"good", "morning"}] * 5 + [{"good", "secret"}] * 4)
    assert of_posts(in_posts) == ["good", "morning"]
    in_lines = counted([{"secret", "kettle", "morning"}] * 2 + [{"once"}])
    assert of_corpus(in_lines, in_posts) == ["kettle", "morning"]


def test_the_table_that_ships_has_learnt_from_both_kinds_of_text():
    told = json.loads(gzip.decompress(model.TABLE.read_bytes()))
    of_the_posts, of_the_corpus = (set(head["grams"]) for head in told["heads"])
    assert of_the_posts - of_the_corpus
    assert of_the_corpus - of_the_posts


def test_figures_replace_only_their_own_part_of_the_card():
    card = (
        "# A\n<!-- figures: x -->\nold\n<!-- end: x -->\nwords\n<!-- figures: y -->\nkept\n<!-- end: y -->\n"
    )
    changed = evaluate.with_figures(card, "x", "new")
    assert "old" not in changed
    assert "\nnew\n" in changed
    assert "kept" in changed
    with pytest.raises(ValueError, match="no part"):
        evaluate.with_figures(card, "z", "new")


def test_the_budget_counts_alerts_for_a_site():
    reads = [
        Read(0.9, Level.RED, True, None),
        Read(0.1, Level.GREEN, False, None),
        Read(0.1, Level.RED, False, None),
    ]
    (_, cuts, cutting), (_, heads, rows) = evaluate.budget([], reads)
    assert dict(zip(cuts, cutting[4], strict=True))["of others"] == "0.000"
    first = dict(zip(heads, rows[0], strict=True))
    assert first["posts a day"] == "50"
    assert float(first["red a day"]) == pytest.approx(50 * (0.001 + 0.999 / 2), abs=0.06)
    assert float(first["red false a day"]) == pytest.approx(50 * 0.999 / 2, abs=0.06)
    assert first["crisis a day"] == "0.0"


def test_a_plot_is_a_picture_that_can_be_read_aloud():
    drawn = ElementTree.fromstring(
        plots.plot("A & B", "x", "y", {"one <line>": [(0, 0), (1, 1)]}, diagonal=True)
    )
    assert drawn.get("role") == "img"
    assert drawn[0].text == "A & B"


def test_it_prints_figures_and_never_a_text(tmp_path, capsys, monkeypatch):
    words = "unmistakable words of a member"
    path = labelled(
        tmp_path / "posts.jsonl",
        {"text": words, "label_binary": 0, "label_level": "green"},
        {"text": f"I want to die, {words}", "label_binary": 1, "label_level": "red"},
    )
    monkeypatch.setattr(
        "sys.argv", ["evaluate", str(path), "--resamples", "0", "--plots", str(tmp_path / "plots")]
    )
    monkeypatch.setattr(evaluate, "cost", lambda: ("Cost", ["a"], [["b"]]))
    evaluate.main()
    told = capsys.readouterr()
    assert "AUROC" in told.out
    assert "unmistakable" not in told.out + told.err
    assert {each.name for each in (tmp_path / "plots").iterdir()} == {"reliability.svg", "alerts.svg"}
