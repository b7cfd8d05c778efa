"""Every task: a thin shell around one use case. Ids in, nothing out; twice, late and out of order are all right."""

from sqlalchemy.exc import OperationalError

from forum.db import session
from forum.desk import service as desk
from worker.app import app

SECONDS_PER_TEXT = 10  # then the text goes to a person, unread


@app.task(
    name="screen",
    soft_time_limit=SECONDS_PER_TEXT,
    time_limit=SECONDS_PER_TEXT + 10,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=5,
)
def screen(screening_id: int) -> None:
    """Read one version of a text and open or feed a case."""
    try:
        desk.screen(screening_id)
    finally:
        session.remove()
