"""Mail as it travels: over SMTP to a real server, or into a folder."""

import ssl
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from smtplib import SMTPAuthenticationError, SMTPDataError, SMTPRecipientsRefused
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.smtp import SMTP

from forum import mail
from forum.config import Settings
from forum.mail import carrier
from forum.mail.carrier import AddressRefused, MailRefused, NotEncrypted
from tests.parts.post import PASSWORD, USER, PostOffice

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = Settings(mail_from="Peer support <forum@example.org>", origin="https://forum.example.org")
LINK = "https://forum.example.org/" + "x" * 200


@pytest.fixture
def office():
    office = PostOffice()
    yield office
    office.close()
    mail.use(Settings())


def sent(url: str, to: str = "ana@example.net") -> Any:
    mail.use(replace(SITE, mail_url=url))
    way = carrier.carrier()
    assert way is not None
    letter = carrier.enveloped(to, "About a mail", f"Words.\n{LINK}\n", name="the-name", at=AT)
    way.carry(letter)
    return letter


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> ssl.SSLContext:
    """One that nobody signed."""
    folder: Path = tmp_path_factory.mktemp("certificate")
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run([*made, "-keyout", "key", "-out", "crt"], cwd=folder, capture_output=True, check=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "crt", folder / "key")
    return context


def test_a_mail_arrives_as_it_was_meant(office):
    office.open()
    sent(office.url)
    (letter,), ((sender, to),) = office.received, office.envelopes
    assert (sender, to) == ("forum@example.org", ["ana@example.net"])
    assert letter["From"] == "Peer support <forum@example.org>"
    assert letter["To"] == "ana@example.net"
    assert letter["Subject"] == "About a mail"
    assert letter["Date"].datetime == AT
    assert letter["Message-ID"] == "<the-name@example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "text/plain"
    assert LINK in letter.as_string(), "a link is in one piece, also for those who read the source"


def test_neither_the_mail_nor_the_greeting_names_this_machine(office, monkeypatch):
    monkeypatch.setattr("socket.getfqdn", lambda *_: "kitchen.home.example")
    office.open()
    sent(office.url)
    assert office.greeted_as == ["example.org"]
    assert set(office.received[0].keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert "kitchen" not in office.received[0].as_string()


def test_user_and_password_open_the_door(office):
    office.open(authenticator=office.authenticate, auth_require_tls=False)
    sent(office.url.replace("//", f"//{USER}:{quote(PASSWORD)}@"))
    assert office.let_in == [USER.encode()]
    assert len(office.received) == 1
    with pytest.raises(SMTPAuthenticationError):
        sent(office.url.replace("//", f"//{USER}:wrong@"))


def test_encryption_is_used_where_it_is_offered(office, certificate):
    encrypted = []

    class Noted(SMTP):
        async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
            encrypted.append(self.session is not None and self.session.ssl is not None)
            await super().smtp_DATA(arg)

    office.open(tls_context=certificate)
    office._controller.factory = lambda: Noted(office, tls_context=certificate)
    sent(office.url)
    assert encrypted == [True]


def test_beyond_this_machine_nothing_is_said_without_encryption(office, monkeypatch):
    office.open()
    monkeypatch.setattr("forum.mail.carrier.Server._is_here", lambda self: False)
    with pytest.raises(NotEncrypted):
        sent(office.url)
    assert office.envelopes == []


def test_beyond_this_machine_a_certificate_that_nobody_signed_is_not_trusted(
    office, certificate, monkeypatch
):
    office.open(tls_context=certificate)
    monkeypatch.setattr("forum.mail.carrier.Server._is_here", lambda self: False)
    with pytest.raises(ssl.SSLCertVerificationError):
        sent(office.url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.9", "[::1]"])
def test_this_machine_is_known_by_any_of_its_names(host):
    mail.use(replace(SITE, mail_url=f"smtp://{host}:25"))
    assert carrier.carrier()._is_here()  # type: ignore[union-attr]
    mail.use(Settings())


def test_an_address_that_is_refused_is_told_from_one_that_has_to_wait(office):
    office.open()
    office.answers["ana@example.net"] = "550 5.1.1 nobody of this name: ana@example.net"
    with pytest.raises(AddressRefused) as told:
        sent(office.url)
    assert "ana" not in repr(told.value)
    office.answers["ana@example.net"] = "450 4.2.0 later, please"
    with pytest.raises(SMTPRecipientsRefused):
        sent(office.url)


def test_a_mail_that_is_refused_is_told_from_one_that_has_to_wait(office):
    office.open()
    office.after_data = "554 5.7.1 not this"
    with pytest.raises(MailRefused):
        sent(office.url)
    office.after_data = "451 4.3.0 not now"
    with pytest.raises(SMTPDataError):
        sent(office.url)


def test_an_address_that_the_server_cannot_write_is_refused(office):
    office.open(enable_SMTPUTF8=False)
    with pytest.raises(AddressRefused):
        sent(office.url, "änä@example.net")


def test_what_goes_wrong_after_the_server_has_taken_the_mail_is_of_no_interest(office):
    class Rude(SMTP):
        async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
            await self.push("421 whatever")

    office.open()
    office._controller.factory = lambda: Rude(office)
    sent(office.url)
    assert len(office.received) == 1


def test_where_people_develop_mail_is_a_file_that_its_owner_alone_can_read(tmp_path):
    folder = tmp_path / "some folder" / "mail"
    letter = sent(folder.as_uri())
    (path,) = folder.iterdir()
    assert path.name == "the-name.eml"
    assert path.read_bytes() == letter.as_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    mail.use(Settings())


def test_a_site_without_a_mail_server_says_so(office):
    mail.use(Settings())
    assert not mail.goes_out()
    mail.use(replace(SITE, mail_url=office.url))
    assert mail.goes_out()
