"""The rooms that listeners sit in, by their names."""

LANGUAGE = "en"


def thread_room(thread_id: int, epoch: int) -> str:
    """Who listens to a thread under the audience of this epoch."""
    return f"thread:{thread_id}:{epoch}:{LANGUAGE}"


def space_room(space_id: int, epoch: int) -> str:
    """Who listens to anything in a space: told to ask again when the epoch ends."""
    return f"space:{space_id}:{epoch}"


def desk_room(space_id: int, epoch: int) -> str:
    """The moderators of a space who have the desk open."""
    return f"desk:{space_id}:{epoch}"


def sign_in_room(sign_in_id: int) -> str:
    """The open pages of one sign-in; an ended one is not spoken to."""
    return f"sign_in:{sign_in_id}"


def is_of_thread(room: str, thread_id: int) -> bool:
    """Whether this is a room of that thread, under whichever epoch."""
    return room.startswith(f"thread:{thread_id}:")


def is_desk(room: str) -> bool:
    """Whether this is a room of some desk."""
    return room.startswith("desk:")
