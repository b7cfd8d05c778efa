"""The care panel, offered when words suggest danger and standing until its owner puts it away; checks of lines."""

from forum import audit, db, outbox
from forum.accounts.models import User
from forum.care import help_lines, queries
from forum.care.help_lines import HelpLine
from forum.care.models import LineCheck
from forum.db import now, session, transactional
from forum.errors import Invalid, NotFound
from forum.events import CareOffered


def offer(user_id: int, post_id: int | None) -> None:
    """Let the panel stand on the person's pages, and reach their open one, inside the caller's transaction."""
    user = session.get_one(User, user_id)
    user.care_offered_at = now()
    user.care_post_id = post_id
    outbox.record(CareOffered(user_id))


@transactional
def put_away(user_id: int) -> None:
    """The person has seen the panel; the help lines stay one link away."""
    user = session.get_one(User, user_id)
    user.care_offered_at = None
    user.care_post_id = None


def verify(line_id: str, by: str, how: str) -> HelpLine:
    """Keep that somebody checked this line today, as it is written now; NotFound and Invalid."""
    line = help_lines.line(line_id)
    if line is None:
        raise NotFound(f"There is no help line {line_id}: `flask --app forum care check` names them.")
    by, how = (" ".join(words.split()) for words in (by, how))
    if not (by and how) or len(by) > 80 or len(how) > 200:
        raise Invalid("Please say who checked it (at most 80 characters) and how (at most 200).")
    _checked(line, by, how)
    return line


@transactional
def _checked(line: HelpLine, by: str, how: str) -> None:
    check = LineCheck(line_id=line.id[:80], mark=line.mark, by=by, how=how, at=now())
    session.add(check)
    session.flush()
    audit.record(None, "verify", "help_line", check.id)
    db.after_commit(queries.forget)
