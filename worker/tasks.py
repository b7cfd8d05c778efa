"""Every task: a thin shell around one use case. Ids in, nothing out; twice, late and out of order are all right.

The session is let go of after each (worker/app.py). What the clock starts is named in worker/schedule.py too.
"""

from sqlalchemy.exc import OperationalError

from forum import outbox
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
    desk.screen(screening_id)


@app.task(name="forget_carried", acks_late=False, time_limit=300)
def forget_carried() -> None:
    """Delete the events that arrived long ago; with nobody doing it the table grows and nothing else happens."""
    while outbox.forget_carried():
        pass
