"""Renewing the lock while a run holds it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from nsmig.errors import DatabaseError, LockedError

LEASE, RENEWAL = 60.0, 15.0  # seconds


class Lease:
    """Renews a lock in the background and knows whether it is still held.

    Held means: the last renewal that the server confirmed is younger than the lease. So a thread that hangs or dies can
    only make ``check`` refuse, never let two runs continue. If someone else removes the lock, the next renewal notices.

    :param send: sends a renewal; returns whether the lock was still ours.
    """

    def __init__(self, send: Callable[[], bool]) -> None:
        self._send, self._valid_until = send, float("-inf")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nsmig-lease", daemon=True)

    def start(self, valid_until: float) -> None:
        """:param valid_until: the end of the lease that came with the lock, in seconds of the monotonic clock."""
        self._valid_until = valid_until
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def check(self) -> None:
        """:raises LockedError: the lock is lost. Not after it was released."""
        if time.monotonic() >= self._valid_until and not self._stopped.is_set():
            raise lost()

    def renew(self) -> None:
        """:raises LockedError: the lock is no longer ours."""
        asked = time.monotonic()
        if not self._send():
            self._valid_until = asked
            raise lost()
        self._valid_until = asked + LEASE

    def _run(self) -> None:
        while not self._stopped.wait(RENEWAL):
            try:
                self.renew()
            except LockedError:
                return
            except DatabaseError:
                continue  # the server may come back before the lease runs out


def lost() -> LockedError:
    """The error for a run whose lock is no longer its own."""
    return LockedError(None, "its lease could not be renewed, or someone removed the lock; run again")
