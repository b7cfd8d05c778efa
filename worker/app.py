"""The Celery application. Settings as measured: a worker waits for its broker for ever, a task lost with its
process is given to another, and a publisher gives up within a second because the database remembers."""

from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, worker_process_init, worker_process_shutdown

from forum import bell, config, db, encryption, logs, mail, screeners
from forum import models as models
from forum.site import queries as site
from worker.schedule import beat_schedule

BUILDING = 5.0  # seconds that a process which begins waits for the site's own screener

settings = config.from_environment()

app = Celery("worker", broker=settings.broker_url, include=["worker.tasks"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    task_publish_retry=False,
    broker_connection_timeout=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_hijack_root_logger=False,
    task_default_queue="maintenance",  # the relay names the queues of what has to be read
    task_serializer="json",
    accept_content=["json"],
    worker_send_task_events=False,
    beat_schedule=beat_schedule(),
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_transport_options={
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 0.5,
        "socket_timeout": 5.0,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.1,
        "queue_order_strategy": "priority",
    },
)


def publisher(broker_url: str) -> Celery:
    """The same application for a process that only hands work over: it never waits longer than a second."""
    app.conf.broker_url = broker_url
    app.conf.broker_transport_options = app.conf.broker_transport_options | {"socket_timeout": 1.0}
    return app


@setup_logging.connect
def _say(**_: Any) -> None:
    """Celery then leaves logging alone."""
    logs.use(settings.log_level)


@worker_process_init.connect
def _begin(**_: Any) -> None:
    db.connect(settings.database_url, settings.clock_file)
    encryption.use(settings.encryption_key)
    site.use(settings)
    bell.hang(settings.sockets_url)
    mail.use(settings)
    screeners.get_ready(BUILDING)


@task_postrun.connect
def _let_go(**_: Any) -> None:
    db.session.remove()


@worker_process_shutdown.connect
def _end(**_: Any) -> None:
    db.disconnect()
