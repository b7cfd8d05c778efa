"""Faults: parts of a real site are stopped and killed while people go on writing, and no word may be lost."""

import pytest

from tests.parts.frail import FrailSite
from tests.parts.people import Person, somebody_known, somebody_new


@pytest.fixture
def rosa(frail_site: FrailSite) -> Person:
    """Somebody who writes."""
    return somebody_new(frail_site)


@pytest.fixture(scope="session")
def maya(frail_site: FrailSite) -> Person:
    """The moderator."""
    return somebody_known(frail_site, "Maya")
