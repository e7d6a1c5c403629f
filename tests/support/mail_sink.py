"""A mail server that keeps what it is sent.

Belongs here: enough of SMTP for a client to deliver.
Does not belong here: what a mail should say.
"""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes
from email.message import Message
from typing import Self


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part.removeprefix(b".") if part.startswith(b"..") else part
                self.server.mails.append(message_from_bytes(body))  # type: ignore[attr-defined]
            self.wfile.write(b"250 good\r\n" if word != b"QUIT" else b"221 bye\r\n")
            if word == b"QUIT":
                return


class MailSink(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1 while it is entered."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mails: list[Message] = []
        self.port = int(self.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
