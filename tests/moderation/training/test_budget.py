"""The table of what a cut costs: of posts whose labels are known, how many each would raise."""

from moderation.screening import Cuts, Level, Screener
from moderation.training.budget import CUTS, table
from moderation.training.sources import Post

DANGER = "I have decided to end my life tonight and I have written the letters. Goodbye."
CALM = "The kettle is on and the radio is playing."


def post(text: str, urgent: bool | None) -> Post:
    return Post(text, "made up", text, urgent, None, "en", "post")


def test_each_cut_raises_what_the_screener_with_that_cut_raises():
    texts = [DANGER, CALM, "I feel so hopeless these days and I cannot see it getting better."]
    told = table(
        [post(texts[0], True), post(texts[1], False), post(texts[2], False), post("who knows", None)]
    )
    assert (told["urgent"], told["others"]) == (1, 2)
    assert [row["cut"] for row in told["cuts"]] == list(CUTS)
    assert told["crisis"] == [1.0, 0.0]
    for row in told["cuts"]:
        raised = [Screener(cuts=Cuts(row["cut"], row["cut"])).screen(text).level for text in texts[1:]]
        assert row["amber"] == [1.0, sum(level is not Level.GREEN for level in raised) / 2]
