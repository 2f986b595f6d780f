"""A proxy between a client and a server."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Proxy:
    """Passes everything on between a client and a server, and cuts chosen connections.

    ``cuts`` are numbers of packages, counted in one ``direction`` only: at these the package is dropped and the
    connection ends. Towards the server, the statement never arrives; towards the client, it is done and the answer is
    lost.
    """

    def __init__(self, port: int, direction: str, cuts: set[int]) -> None:
        self._port, self._direction, self._cuts = port, direction, cuts
        self.done = 0
        self._passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                behind = socket.create_connection(("127.0.0.1", self._port))
                for source, sink, direction in ((client, behind, "to server"), (behind, client, "to client")):
                    threading.Thread(target=self._pass, args=(source, sink, direction), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        with suppress(OSError):
            while package := source.recv(1 << 16):
                if direction == self._direction:
                    self._passed += 1
                    if self._passed in self._cuts:
                        self.done += 1
                        break
                sink.sendall(package)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
