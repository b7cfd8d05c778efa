"""The people of the forum and its application, for the processes around it."""

from tests.forum.conftest import _app, app, cast

__all__ = ["_app", "app", "cast"]
