"""The people of the forum and its application, for the processes around it."""

from tests.forum.conftest import _app, app, browse, cast

__all__ = ["_app", "app", "browse", "cast"]
