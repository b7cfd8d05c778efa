"""Every task: a thin shell around one use case. Ids in, nothing out; twice, late and out of order are all right.

The session is let go of after each (worker/app.py). What the clock starts is named in worker/schedule.py too.
"""

from sqlalchemy.exc import OperationalError

from forum import outbox, retention
from forum.desk import canary
from forum.desk import service as desk
from forum.learning import again, shadow
from forum.mail import service as mail
from forum.threads import service as threads
from worker.app import app

SECONDS_PER_TEXT = 10  # then the text goes to a person, unread
SECONDS_AGAIN = 20  # at a time, so that mail does not wait behind what nobody waits for


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


@app.task(name="fly_canary", acks_late=False, soft_time_limit=20, time_limit=30)
def fly_canary() -> None:
    """See whether the last canary arrived on its desk, and send the next one when it is time."""
    canary.fly()


@app.task(name="screen_again", acks_late=False, soft_time_limit=45, time_limit=60)
def screen_again() -> None:
    """Read on in the words of open cases, where a lead asked for it; the next tick goes on where this one ends."""
    again.go_on(SECONDS_AGAIN)


@app.task(name="read_in_shadow", acks_late=False, soft_time_limit=45, time_limit=60)
def read_in_shadow() -> None:
    """Let candidates read what the live screener has read; nothing follows from it."""
    shadow.read_on(SECONDS_AGAIN)


@app.task(name="forget_carried", acks_late=False, time_limit=300)
def forget_carried() -> None:
    """Delete the events that arrived long ago; with nobody doing it the table grows and nothing else happens."""
    while outbox.forget_carried():
        pass


@app.task(name="send_mail", soft_time_limit=120, time_limit=150)
def send_mail(mail_id: int) -> None:
    """Send one mail; what goes wrong is written down, and tried again when the clock says so."""
    mail.send(mail_id)


@app.task(name="send_what_waits", acks_late=False, time_limit=300)
def send_what_waits() -> None:
    """Send the mail that is due: to be tried again, or given to a worker that never finished."""
    mail.send_what_waits()


@app.task(name="forget_mail", acks_late=False, time_limit=300)
def forget_mail() -> None:
    """Forget whom old mail was for."""
    mail.forget()


@app.task(name="keep_retention", acks_late=False, time_limit=3000)
def keep_retention() -> None:
    """End what has been kept long enough (docs/privacy.md); what is left when this dies, the next tick finds."""
    retention.keep_when_due()


@app.task(name="follow_forgotten_departures", acks_late=False, time_limit=300)
def follow_forgotten_departures() -> None:
    """Take up again what somebody who left wanted done with their words, when it was broken off."""
    threads.follow_forgotten_departures()
