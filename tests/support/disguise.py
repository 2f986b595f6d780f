"""A real server that claims to be something else: a relay that rewrites the server's description of itself."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress


@contextmanager
def disguised(uri: str, words: Mapping[bytes, bytes], asked: Mapping[bytes, bytes] | None = None) -> Iterator[str]:
    """The uri of a relay to a server. It replaces each of ``words`` in the server's answers, and each of ``asked`` in
    the questions, by a word of the same length, so that no message of the protocol changes its size."""
    replaced = (asked or {}, words)
    assert all(len(one) == len(other) for each in replaced for one, other in each.items())
    host, port = uri.removeprefix("bolt://").split(":")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, (host, int(port)), *replaced), daemon=True).start()
        yield f"bolt://127.0.0.1:{listening.getsockname()[1]}"


def _accept(
    listening: socket.socket, server: tuple[str, int], asked: Mapping[bytes, bytes], words: Mapping[bytes, bytes]
) -> None:
    with suppress(OSError):  # the listening socket was closed
        while True:
            client, _ = listening.accept()
            behind = socket.create_connection(server)
            for source, drain, replaced in ((client, behind, asked), (behind, client, words)):
                threading.Thread(target=_relay, args=(source, drain, replaced), daemon=True).start()


def _relay(source: socket.socket, drain: socket.socket, words: Mapping[bytes, bytes]) -> None:
    with suppress(OSError), source, drain:
        while data := source.recv(1 << 16):
            for one, other in words.items():
                data = data.replace(one, other)
            drain.sendall(data)
        drain.shutdown(socket.SHUT_WR)
