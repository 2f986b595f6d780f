"""A Python with nodestream already imported: one process imports it, and forks for each question.

The stand-in for the interpreter is a script that passes on its arguments, folder, environment and outputs. ``python -m
support.warm SOCKET`` is the process that answers.
"""

from __future__ import annotations

import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from support.terminal import importing

IMPORTED = (
    "nodestream.cli.application",
    "nodestream.databases.database_connector",
    "nodestream.interpreting",
    "nodestream.pipeline.argument_resolvers",
    "nodestream.pipeline.class_loader",
    "nodestream.pipeline.pipeline_file_loader",
    "nodestream.project",
    "nodestream.schema.migrations",
)

STAND_IN = """\
#!{python} -IS
import json, os, socket, sys

question = {{"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect({path!r})
    socket.send_fds(asking, [b"?"], [1, 2])
    asking.sendall(json.dumps(question).encode())
    asking.shutdown(socket.SHUT_WR)
    sys.exit(int(asking.recv(16) or b"1"))
"""


@contextmanager
def warm_python(folder: Path) -> Iterator[Path]:
    """The path of a program that can be called like Python, with a script or with ``-c`` and code."""
    path, stand_in = folder / "socket", folder / "python"
    stand_in.write_text(STAND_IN.format(python=sys.executable, path=str(path)))
    stand_in.chmod(0o755)
    command = [sys.executable, "-m", "support.warm", str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | importing()
    ) as process:
        assert process.stdin and process.stdout and process.stdout.readline() == b"ready\n"
        yield stand_in
        process.stdin.close()


def main(path: str) -> None:
    """Answer until standard input ends."""
    for name in IMPORTED:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        print("ready", flush=True)
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            asked, _ = listening.accept()
            with asked:
                if os.fork() == 0:
                    _answer(asked)


def _answer(asked: socket.socket) -> None:
    """In a separate process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    code = 1
    try:
        _, outputs, _, _ = socket.recv_fds(asked, 1, 2)
        question = json.loads(b"".join(iter(lambda: asked.recv(1 << 16), b"")))
        for number, output in enumerate(outputs, 1):
            os.dup2(output, number)
        os.chdir(question["folder"])
        os.environ.clear()
        os.environ.update(question["environment"])
        code = _run(question["arguments"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        asked.sendall(str(code).encode())
        os._exit(code)


def _run(arguments: list[str]) -> int:
    """Do what Python does with these arguments; return the exit code."""
    try:
        if arguments[0] == "-c":
            sys.argv, sys.path[:0] = ["-c", *arguments[2:]], [""]
            scope: dict[str, Any] = {"__name__": "__main__"}
            exec(compile(arguments[1], "<string>", "exec"), scope)
        else:
            sys.argv, sys.path[:0] = arguments, [str(Path(arguments[0]).parent)]
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        if not isinstance(end.code, str):
            return int(end.code or 0)
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
