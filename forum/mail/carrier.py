"""The way out: a mail server, or a folder while somebody develops. The only place that knows SMTP.

No error leaves here with a word of the mail or with its address: callers keep the class alone.
"""

import os
import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as AS_SENT
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from forum.config import Settings

PATIENCE = 10.0  # seconds to wait for each answer of a mail server
PORTS = {"smtp": 587, "smtps": 465}
# A link in one piece, however long: 998 is what the standard allows.
_LAYOUT = AS_SENT.clone(max_line_length=998)


class AddressRefused(Exception):
    """The server will not take mail for this address, now or later."""


class MailRefused(Exception):
    """The server will not take this mail, now or later."""


class NotEncrypted(Exception):
    """The server offers no encryption, and it is not on this machine."""


class Carrier(Protocol):
    """Takes one mail. AddressRefused and MailRefused are final; after anything else it may be tried again."""

    def carry(self, letter: EmailMessage) -> None: ...


_carrier: Carrier | None = None
_sender = ""
_origin = ""


def use(settings: Settings) -> None:
    """Send by what these settings say from now on."""
    global _carrier, _sender, _origin
    place = urlsplit(settings.mail_url)
    _sender, _origin = settings.mail_from, settings.origin.rstrip("/")
    if not settings.mail_url:
        _carrier = None
    elif place.scheme == "file":
        _carrier = Folder(Path(unquote(place.path)))
    else:
        _carrier = Server(place, hello=_domain())


def goes_out() -> bool:
    """Whether this site sends mail. Features that need mail say so plainly where it does not."""
    return _carrier is not None


def carrier() -> Carrier | None:
    """The way out, or None where this site sends no mail."""
    return _carrier


def origin() -> str:
    """The site's own address, for links: never what a request claims it to be."""
    return _origin


def enveloped(to: str, subject: str, body: str, *, name: str, at: datetime) -> EmailMessage:
    """A mail ready to be sent. `name` is what is the same when one mail is sent twice, so that a reader sees one."""
    letter = EmailMessage(policy=_LAYOUT)
    letter["From"], letter["To"], letter["Subject"] = _sender, to, subject
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{name}@{_domain()}>"  # of the sender, not of this machine
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(body)
    return letter


def _domain() -> str:
    return parseaddr(_sender)[1].rpartition("@")[2]


class Server:
    """A mail server spoken to by SMTP. Beyond this machine nothing is said to it without encryption."""

    def __init__(self, place: SplitResult, hello: str) -> None:
        self._host = place.hostname or ""
        self._secure = place.scheme == "smtps"
        self._port = place.port or PORTS[place.scheme]
        self._user, self._password = unquote(place.username or ""), unquote(place.password or "")
        self._hello = hello

    def carry(self, letter: EmailMessage) -> None:
        """Returns once the server has accepted the mail. How it says goodbye is of no interest then."""
        server = self._opened()
        try:
            self._greet(server)
            self._give(server, letter)
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.close()

    def _opened(self) -> smtplib.SMTP:
        if self._secure:
            trusted = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, self._hello, timeout=PATIENCE, context=trusted)
        return smtplib.SMTP(self._host, self._port, self._hello, timeout=PATIENCE)

    def _greet(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self._secure and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context() if not self._is_here() else _unchecked())
            server.ehlo_or_helo_if_needed()
        elif not self._secure and not self._is_here():
            raise NotEncrypted
        if self._user:
            server.login(self._user, self._password)

    def _give(self, server: smtplib.SMTP, letter: EmailMessage) -> None:
        try:
            server.send_message(letter, parseaddr(_sender)[1], [str(letter["To"])])
        except smtplib.SMTPRecipientsRefused as refused:
            if all(code >= 500 for code, _ in refused.recipients.values()):
                raise AddressRefused from None
            raise
        except smtplib.SMTPDataError as refused:
            if refused.smtp_code >= 500:
                raise MailRefused from None
            raise
        except (smtplib.SMTPNotSupportedError, UnicodeError):
            raise AddressRefused from None  # letters in it that this server cannot write

    def _is_here(self) -> bool:
        try:
            return ip_address(self._host).is_loopback
        except ValueError:
            return self._host == "localhost"


def _unchecked() -> ssl.SSLContext:
    """For a server on this machine, whose certificate nobody signs."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Folder:
    """A folder that mail is written to, each a file that only its owner can read; for development."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def carry(self, letter: EmailMessage) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(letter["Message-ID"]).strip("<>").partition("@")[0]
        new = self._folder / f"{name}.new"
        new.touch(mode=0o600)
        new.write_bytes(letter.as_bytes())
        os.replace(new, self._folder / f"{name}.eml")
