"""What is said about the machine in plain words."""

# How a change is told to a lead.
CHANGE_WORDS = {
    "amber": "from when it is amber",
    "red": "from when it is red",
    "own_words": "your own words",
    "candidate_id": "which lexicon and model read",
}

EXAMPLE_OF_OWN_WORDS = """\
[slang]
zops = "pills"

[[entry]]
id = "own-the-tower"
category = "means"
level = "red"
reason = "speaks of the old water tower"
because = "The place that people here name."
patterns = ["going|go up the tower"]
matches = ["I'm going up the tower"]
not_matches = ["the tower is tall"]
"""
