"""Processes around the core: the relay, the Celery worker, the supervisor."""
