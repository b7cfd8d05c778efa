"""What the tests of the web application share."""

import pytest

from tests.forum import cast as people
from tests.forum.cast import Cast


@pytest.fixture
def cast(database: str) -> Cast:
    """The people of the tests, in a fresh database of each kind."""
    return people.gathered()
