"""The screening worker as it is, but that its model does what the words say: for tests that hurt it.

Started by `celery --app tests.worker.frail_reader`. 'Hangs' keeps the model busy for ever, 'dies' kills its process.
"""

import os
import signal
from collections.abc import Mapping

from forum import texts
from moderation.screening import model
from moderation.screening.text import Reading
from worker import tasks
from worker.app import app

__all__ = ["app"]

tasks.screen.soft_time_limit = 1
tasks.screen.time_limit = 10
texts.TRIES = 1

_as_it_is = model.probability


def _frail(text: Reading | str, facts: Mapping[str, float] | None = None) -> float:
    words = text.words if isinstance(text, Reading) else text.split()
    if "dies" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    while "hangs" in words:
        pass
    return _as_it_is(text, facts)


model.probability = _frail
