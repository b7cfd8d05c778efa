"""What the clock starts, and how often.

A tick only wakes a use case that looks at rows for what is due: it may come twice, late or never, and a second clock
does no harm. Nothing is kept between starts and the first tick comes after the time between two, so that time is
short: a site that starts again every half hour must forget as well. What need not be done so often looks when it was.
"""

from datetime import timedelta
from typing import Any

# A task of worker/tasks.py and the time between two of its ticks.
SCHEDULE: dict[str, timedelta] = {
    "fly_canary": timedelta(minutes=1),
    "forget_carried": timedelta(minutes=1),
    "keep_retention": timedelta(minutes=5),
    "send_what_waits": timedelta(seconds=30),
    "screen_again": timedelta(seconds=30),
    "forget_mail": timedelta(minutes=10),
    "follow_forgotten_departures": timedelta(minutes=10),
    "read_in_shadow": timedelta(minutes=1),
}
# What waits behind all else that the maintenance worker does: a queue of its own, the last that it looks at.
BEHIND = frozenset({"read_in_shadow"})


def beat_schedule() -> dict[str, Any]:
    """The table as Celery's clock wants it; a tick that nobody took before the next one is dropped."""
    return {
        name: {
            "task": name,
            "schedule": every,
            "options": {
                "expires": every.total_seconds(),
                "queue": "behind" if name in BEHIND else "maintenance",
            },
        }
        for name, every in SCHEDULE.items()
    }
