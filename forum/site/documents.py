"""The privacy notice and the terms: each save is one more version, and every version stays readable."""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from forum import audit, db, markup, policy
from forum.db import now, session, transactional
from forum.errors import Conflict, Invalid, NotFound
from forum.policy import Actor, Permission
from forum.site import queries
from forum.site.models import Consent, DocumentKind, DocumentVersion

LONGEST = 60_000  # characters
_COMES_WITH_US = Path(__file__).with_name("wording")


class InForce(NamedTuple):
    """The versions that count now."""

    terms: DocumentVersion
    privacy: DocumentVersion


def document(kind: DocumentKind, number: int | None = None) -> DocumentVersion:
    """A version, or the one in force; NotFound when there is none."""
    wanted = select(DocumentVersion).where(DocumentVersion.kind == kind)
    if number is not None:
        wanted = wanted.where(DocumentVersion.number == number)
    found = session.scalars(wanted.order_by(DocumentVersion.number.desc()).limit(1)).first()
    if found is None:
        raise NotFound()
    return found


def in_force() -> InForce:
    """The terms and the notice that count now."""
    return InForce(document(DocumentKind.TERMS), document(DocumentKind.PRIVACY))


def write(actor: Actor, kind: DocumentKind, body: str, number: int) -> DocumentVersion:
    """Begin a new version after version `number`; Conflict when somebody else began one meanwhile."""
    policy.require(actor, Permission.KEEP_SITE)
    body = body.replace("\x00", "").replace("\r\n", "\n").strip()
    if not body:
        raise Invalid("Please write something: everybody reads this page.", field="body")
    if len(body) > LONGEST:
        raise Invalid(f"Please use at most {LONGEST:,} characters.", field="body")
    current = document(kind)
    if current.body == body:
        return current
    if current.number != number:
        raise Conflict(
            "Somebody else wrote a new version meanwhile. Your words are below; theirs is in force."
        )
    try:
        return _begun(kind, number + 1, body, markup.document(body), actor.user_id)
    except IntegrityError:
        raise Conflict("Somebody else wrote a new version at the same moment. Please look at it.") from None


def begin() -> bool:
    """Give a new site the wording that comes with the software; False when it has its own already."""
    missing = [kind for kind in DocumentKind if not session.scalars(_any_of(kind)).first()]
    for kind in missing:
        body = (_COMES_WITH_US / f"{kind}.md").read_text(encoding="utf-8").strip()
        _begun(kind, 1, body, markup.document(body), None)
    return bool(missing)


def consented(user_id: int, *, age: int | None) -> int:
    """Keep, inside the caller's transaction, that this person agreed to what is in force; the terms' number."""
    terms, privacy = in_force()
    session.add(Consent(user_id=user_id, terms_id=terms.id, privacy_id=privacy.id, age=age, at=now()))
    return terms.number


@transactional
def _begun(kind: DocumentKind, number: int, body: str, html: str, by_id: int | None) -> DocumentVersion:
    version = DocumentVersion(kind=kind, number=number, began_at=now(), by_id=by_id, body=body, html=html)
    session.add(version)
    session.flush()
    if by_id is not None:
        audit.record(by_id, "write", "document", version.id, detail=f"{kind} {number}")
    db.after_commit(queries.forget)
    return version


def _any_of(kind: DocumentKind) -> Select[int]:
    return select(DocumentVersion.id).where(DocumentVersion.kind == kind).limit(1)
