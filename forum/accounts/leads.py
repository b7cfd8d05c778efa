"""Leads, as whoever runs the machine makes them: the first one, and another when none can log in any more."""

from sqlalchemy import select

from forum import audit
from forum.accounts import service
from forum.accounts.models import SiteRole, User
from forum.db import session, transactional
from forum.errors import Invalid


@transactional
def make(name: str, password: str) -> User:
    """Make an account that is a lead's, and say so in the audit; raises Invalid as every sign-up does."""
    made = service.sign_up(name, password, role=SiteRole.LEAD)
    audit.record(None, "make_lead", "user", made.id)
    return made


def one(name: str | None) -> User:
    """The lead of this name, or the only one; raises Invalid when that is nobody, or several."""
    leads = session.scalars(select(User).where(User.role == SiteRole.LEAD).order_by(User.name)).all()
    found = [lead for lead in leads if name in (None, lead.name)]
    if len(found) != 1:
        names = ", ".join(lead.name for lead in leads) or "nobody yet (`flask --app forum lead NAME`)"
        raise Invalid(f"Which lead? There is {names}.")
    return found[0]
