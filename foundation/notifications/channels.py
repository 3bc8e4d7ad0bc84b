"""Channels to people outside the app. Each says honestly what it knows of a letter's fate."""

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from foundation.notifications.models import ChannelName

#: Seconds for each step of the conversation with a mail server.
SMTP_TIMEOUT_S: Final = 10
SMTP_PORT: Final = 25
SMTPS_PORT: Final = 465
#: Replies from here on are refusals, for now or for ever.
REFUSAL_FROM: Final = 400
#: Replies from here on are permanent refusals (RFC 5321 §4.2.1).
PERMANENT_FROM: Final = 500


class Fate(StrEnum):
    """What became of a letter."""

    SENT = "sent"  # the far side took it
    REFUSED = "refused"  # the far side will never take it
    NOT_NOW = "not_now"  # it certainly did not take it; worth trying again
    UNKNOWN = "unknown"  # it may or may not have taken it


@dataclass(frozen=True, slots=True)
class Outcome:
    """A letter's fate, and why."""

    fate: Fate
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF that goes along with a letter."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed to a channel. `reference` is the same for the same delivery, so that the far side may notice."""

    address: str
    subject: str
    body: str
    reference: str
    written_at: datetime
    attachments: tuple[Attachment, ...] = ()


class Channel(Protocol):
    """A way to somebody outside."""

    def send(self, letter: Letter) -> Outcome:
        """Hand the letter over, within a bounded time. Never raises for what the far side does."""
        ...


#: The channels that are configured; one that isn't there is `not_configured`, never "sent".
Channels = Mapping[ChannelName, Channel]


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. With `smtps` the conversation is encrypted from the start, else as soon as the server offers it."""

    host: str
    port: int
    sender: str
    is_tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def send(self, letter: Letter) -> Outcome:
        """Hand the letter over; whatever fails before the last line was sent is certain, after it unknown."""
        try:
            server = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(Fate.NOT_NOW, _said(error))
        try:
            return self._converse(server, letter)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.is_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SMTP_TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=SMTP_TIMEOUT_S)
        server.ehlo_or_helo_if_needed()
        if not self.is_tls and server.has_extn("starttls"):
            server.starttls(context=context)
        if self.user is not None:
            server.login(self.user, self.password or "")
        return server

    def _converse(self, server: smtplib.SMTP, letter: Letter) -> Outcome:
        try:
            server.ehlo_or_helo_if_needed()
            for code, said in (server.mail(self.sender), server.rcpt(letter.address)):
                if code >= REFUSAL_FROM:
                    return _refusal(code, said)
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(Fate.NOT_NOW, _said(error))
        try:
            code, said = server.data(self._mail(letter))
        except smtplib.SMTPDataError as error:
            return _refusal(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(Fate.UNKNOWN, _said(error))
        return Outcome(Fate.SENT) if code < REFUSAL_FROM else _refusal(code, said)

    def _mail(self, letter: Letter) -> bytes:
        mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
        mail["From"] = self.sender
        mail["To"] = letter.address
        mail["Subject"] = " ".join(letter.subject.split())
        mail["Date"] = format_datetime(letter.written_at)
        mail["Message-ID"] = f"<{letter.reference}@{self.sender.rpartition('@')[2]}>"
        mail.set_content(letter.body)
        for paper in letter.attachments:
            mail.add_attachment(paper.content, maintype="application", subtype="pdf", filename=paper.name)
        return mail.as_bytes()


def smtp_from(url: str, *, sender: str) -> Smtp:
    """The mail server of `smtp://user:password@host:port` or `smtps://…`. ValueError if the URL is neither."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("a mail server is given as smtp://user:password@host:port or smtps://…")
    is_tls = parts.scheme == "smtps"
    return Smtp(
        host=parts.hostname, port=parts.port or (SMTPS_PORT if is_tls else SMTP_PORT), sender=sender, is_tls=is_tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )  # fmt: skip


def _refusal(code: int, said: bytes | str) -> Outcome:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Outcome(Fate.REFUSED if code >= PERMANENT_FROM else Fate.NOT_NOW, f"{code} {text}"[:500])


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".replace("\x00", "")[:500]
