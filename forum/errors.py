"""Why a use case says no. Services raise these; one table turns them into pages and socket answers."""


class Refused(Exception):
    """A use case said no. `sentence` is for the person who asked; `field` names the input it is about."""

    status = 400
    sentence = "That did not work."

    def __init__(self, sentence: str = "", *, field: str = "") -> None:
        super().__init__(sentence or self.sentence)
        self.sentence = sentence or self.sentence
        self.field = field


class NotFound(Refused):
    """Not there, or not to be known by this person: the two must look the same."""

    status = 404
    sentence = "There is nothing here, or it is not open to you."


class Denied(Refused):
    """The person may know the thing but may not do this with it."""

    status = 403
    sentence = "You cannot do that here."


class ProveFirst(Refused):
    """Their role would allow it, once this sign-in has passed the second factor that powers over others ask for."""

    status = 403
    sentence = (
        "Here you can see and do what touches other people, so your role needs more than a password: "
        "a code from your phone. Everything else on the site is open to you as before."
    )


class LogInFirst(Refused):
    """Only somebody with an account can do this; what was typed is carried through the log-in."""

    status = 401
    sentence = "Please log in first. What you wrote is kept below."


class Invalid(Refused):
    """What was typed cannot be taken as it is; the sentence says what to change."""

    status = 422


class Conflict(Refused):
    """Somebody else was first; the sentence says who or what."""

    status = 409


class Unavailable(Refused):
    """Something that the site needs for this is lost or away; the sentence says what one can do meanwhile."""

    status = 503


class TooMany(Refused):
    """A limit was reached; `wait` is how many seconds until it is free again."""

    status = 429

    def __init__(self, sentence: str = "", *, wait: int = 60) -> None:
        super().__init__(sentence or "That was a lot at once. Please wait a minute and send it again.")
        self.wait = wait
