"""Working on several targets at once.

In threads, which wait for their servers at the same time. With a database that runs in this process, there is little to
wait for, and only one thread at a time runs Python: there each worker is a process, if the system can fork one. It ends
like a thread: when it has to stop, its run saves its progress, and it prints nothing.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from nsmig.cli import output

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from types import FrameType

    from nsmig.project.target import Target

Result = TypeVar("Result")
Work = Callable[[int], Any]  # on the target with a number


def on_several(targets: Sequence[Target], work: Work, jobs: int, stop: Callable[[], None]) -> list[Any]:
    """The result of ``work`` for each target, in order.

    :param jobs: the number of targets to work on at once.
    :param stop: ends the work of threads of this process.
    """
    if sys.platform == "linux" and all(map(_works_here, targets)):
        return _in_processes(len(targets), work, min(jobs, len(targets)), stop)
    return _in_threads(len(targets), work, jobs, stop)


def _works_here(target: Target) -> bool:
    from nsmig.database import database_kind
    from nsmig.errors import TargetError

    try:
        return database_kind(target.database).is_embedded
    except TargetError:  # which is informed when work on it starts
        return True


def _in_threads(count: int, work: Work, jobs: int, stop: Callable[[], None]) -> list[Any]:
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(work, number) for number in range(count)]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop()
            raise


def _in_processes(count: int, work: Work, jobs: int, stop: Callable[[], None]) -> list[Any]:
    import multiprocessing
    from multiprocessing.connection import wait

    forking = multiprocessing.get_context("fork")
    next_number = forking.Value("i", 0)
    sys.stdout.flush()
    workers: dict[Any, Any] = {}  # by the connection on which it sends its results
    results: dict[int, Any] = {}
    try:
        for _ in range(jobs):
            receiving, sending = forking.Pipe(duplex=False)
            worker = forking.Process(target=_worker, args=(sending, next_number, count, work, stop))
            worker.start()
            sending.close()
            workers[receiving] = worker
        open_ = dict(workers)
        while open_:
            ready: list[Any] = wait(list(open_))
            for receiving in ready:
                try:
                    number, result = receiving.recv()
                except EOFError:
                    worker = open_.pop(receiving)
                    worker.join()
                    if worker.exitcode:
                        raise ChildProcessError(
                            f"a worker process ended with exit code {worker.exitcode}; completed work"
                            " is recorded, so run again"
                        ) from None
                else:
                    if number is None:
                        output.lose(result)
                    else:
                        results[number] = result
    except BaseException:
        for worker in workers.values():
            worker.terminate()
        raise
    finally:
        for worker in workers.values():
            worker.join()
    return [results[number] for number in range(count)]


def _worker(sending: Connection, next_number: Any, count: int, work: Work, stop: Callable[[], None]) -> None:
    """Take one target after the other; send the result of each with its number."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal signals all processes; the first one signals this one
    signal.signal(signal.SIGTERM, _end)

    def take(_: int) -> None:
        while True:
            with next_number.get_lock():
                number = next_number.value
                next_number.value += 1
            if number >= count:
                return
            sending.send((number, work(number)))

    try:
        _in_threads(1, take, 1, stop)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        if (error := output.failure()) is not None:
            sending.send((None, error))


def _end(signum: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second signal must not interrupt the end
    sys.exit(128 + signum)
