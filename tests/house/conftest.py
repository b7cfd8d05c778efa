"""The people of the forum and its application, for what is true of the whole house."""

from tests.forum.conftest import _app, app, browse, cast

__all__ = ["_app", "app", "browse", "cast"]
