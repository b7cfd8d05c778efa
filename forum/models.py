"""Every table, gathered once: tables name each other, so a process that knows one must know all."""

from forum.accounts import models as accounts
from forum.agreements import models as agreements
from forum.audit import AuditEntry
from forum.care import models as care
from forum.db import Base
from forum.desk import models as desk
from forum.desk.canary import Canary
from forum.hours import models as hours
from forum.learning import models as learning
from forum.mail import models as mail
from forum.mine import models as mine
from forum.outbox import OutboxMessage
from forum.retention import RetentionRun
from forum.screeners import Candidate, CandidateFile, ScreenerVersion
from forum.site import models as site
from forum.spaces import models as spaces
from forum.texts import Screening, Text, TextVersion
from forum.threads import models as threads

__all__ = [
    "AuditEntry",
    "Base",
    "Canary",
    "Candidate",
    "CandidateFile",
    "OutboxMessage",
    "RetentionRun",
    "ScreenerVersion",
    "Screening",
    "Text",
    "TextVersion",
    "accounts",
    "agreements",
    "care",
    "desk",
    "hours",
    "learning",
    "mail",
    "mine",
    "site",
    "spaces",
    "threads",
]
