"""A mail server for tests, with a ledger of its own: it may refuse, be busy, or die before or after it took a letter."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default


@dataclass
class Letter:
    """A letter as its reader sees it."""

    to: str
    subject: str
    text: str
    papers: list[tuple[str, str, object]]


def _read(raw: bytes) -> Letter:
    mail = BytesParser(EmailMessage, policy=default).parsebytes(raw)
    text = mail.get_body(("plain",))
    papers = [
        (str(part.get_filename()), part.get_content_type(), part.get_payload(decode=True))
        for part in mail.walk()
        if part.get_filename()
    ]
    said = "" if text is None else text.get_content()
    return Letter(to=mail["To"], subject=mail["Subject"], text=said, papers=papers)


@dataclass
class MailServer:
    """What it took, and how it behaves: `mood` is well, busy, refusing, dies-before, dies-after."""

    port: int = 0
    mood: str = "well"
    taken: list[bytes] = field(default_factory=list)

    @property
    def letters(self) -> list[Letter]:
        return [_read(raw) for raw in self.taken]

    def talk(self, wire: socket.socket) -> None:
        with wire, wire.makefile("rb") as lines:
            self.say(wire, "220 test")
            for line in lines:
                word = line[:4].upper().strip()
                if word in {b"EHLO", b"HELO"}:
                    self.say(wire, "250 test")
                elif word == b"MAIL" and self.mood in {"busy", "refusing"}:
                    self.say(wire, "451 later" if self.mood == "busy" else "550 never")
                elif word == b"DATA":
                    self.say(wire, "354 go on")
                    if not self.take(wire, lines):
                        return
                elif word == b"QUIT":
                    self.say(wire, "221 bye")
                    return
                else:
                    self.say(wire, "250 ok")

    def take(self, wire: socket.socket, lines: Iterator[bytes]) -> bool:
        if self.mood == "dies-before":
            return False
        body = []
        for line in lines:
            if line == b".\r\n":
                break
            body.append(line)
        self.taken.append(b"".join(body))
        if self.mood == "dies-after":
            return False
        self.say(wire, "250 taken")
        return True

    def say(self, wire: socket.socket, line: str) -> None:
        wire.sendall(line.encode() + b"\r\n")


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as door:
        server.port = door.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    wire, _ = door.accept()
                except OSError:
                    return
                server.talk(wire)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server
        door.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)
