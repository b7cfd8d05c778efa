"""Files of candidates: one that adds, one that would take away."""

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
TOWER = "Going up the tower later with tea"
