"""What strangers hear who connect to a part of Dask: one without encryption, one without a certificate, and one with
another certificate. Dask begins every conversation, so it is enough to listen.
"""

from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adder.runs.engine_process import certificate

HEARD_SECONDS = 1.0


def holding(file: Path | None = None) -> ssl.SSLContext:
    """How to connect with the key and the certificate of a file, or with none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if file:
        context.load_cert_chain(file)
    return context


def heard(address: tuple[str, int], context: ssl.SSLContext | None) -> bytes:
    """What is said to somebody who only listens; without a context, unencrypted."""
    with socket.create_connection(address, timeout=HEARD_SECONDS) as plain:
        try:
            with context.wrap_socket(plain) if context else plain as connection:
                return connection.recv(1)
        except (TimeoutError, ConnectionError, ssl.SSLError):
            return b""


def heard_by_strangers(addresses: list[tuple[str, int]], folder: Path) -> list[bytes]:
    """What is said to each of the strangers at each of the addresses, all asked at once."""
    (folder / "another").write_text(certificate())
    asked = [(each, context) for each in addresses for context in (None, holding(), holding(folder / "another"))]
    with ThreadPoolExecutor(len(asked)) as threads:
        return list(threads.map(heard, *zip(*asked, strict=True)))
