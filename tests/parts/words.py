"""Made-up words of each level, as careful people might write them: no way of doing harm is in them."""

GREEN = "I walked to the harbour and back, and the gulls were loud."
AMBER = (
    "Everything feels grey and pointless, and I feel so hopeless tonight. I only wanted to say it somewhere."
)
RED = "I keep thinking about killing myself and I am tired of fighting the thought."
CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."
BY_LEVEL = {"green": GREEN, "amber": AMBER, "red": RED, "crisis": CRISIS}
