"""A real mail server on this machine, and what it was given."""

import logging
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.parts.processes import free_port

logging.getLogger("mail.log").setLevel("ERROR")  # the server's own, which says everything that it is told

USER, PASSWORD = "forum", "let me in, please"


class PostOffice:
    """Takes mail at `url`, or refuses it as `answers` says: the address of a recipient to the reply it gets."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.received: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.answers: dict[str, str] = {}
        self.after_data = "250 taken"
        self.greeted_as: list[str] = []
        self.let_in: list[bytes] = []
        self._controller: Controller | None = None

    def open(self, **options: Any) -> None:
        """Begin to take mail; options are aiosmtpd's."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()

    def close(self) -> None:
        """Be away."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.greeted_as.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.after_data.startswith("250"):
            mail = message_from_bytes(envelope.content, _class=EmailMessage, policy=default)
            self.received.append(mail)
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return self.after_data

    def authenticate(
        self, server: SMTP, session: Any, envelope: Any, mechanism: str, said: LoginPassword
    ) -> AuthResult:
        """Let the forum in, and nobody else."""
        right = (said.login, said.password) == (USER.encode(), PASSWORD.encode())
        if right:
            self.let_in.append(said.login)
        return AuthResult(success=right, handled=False)
