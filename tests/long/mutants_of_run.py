"""Remove one safeguard of a run at a time from a copy of the package, and report which test of the loop notices.

``python -m long.mutants_of_run [NAME …]``, with nsmig installed. Exit code 1 if one goes unnoticed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from nsmig import _core

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "python" / "nsmig"

Mutations = Mapping[str, tuple[str, str, str]]
FILES = ("tests/run/test_loop.py", "tests/run/test_elided.py")

# A removal: the file, its text, and the replacement.
MUTATIONS = {
    "a mark after the work": (
        "running/loop.py",
        "            counted = effects.execute(",
        "            effects.remember([], [], [task.mark(end)])\n            counted = effects.execute(",
    ),
    "a mark of what is done only": ("running/loop.py", "task.mark(end) if", "task.mark(len(task.operations)) if"),
    "a beginning that is stored": (
        "running/loop.py",
        "                account.settle(task.mark(task.done) for task, _ in batch.begun)\n",
        "                account.settle()\n",
    ),
    "a journal that is read": ("running/tasks.py", "        mark.done if mark else 0,\n", "        0,\n"),
    "a checksum that is compared": (
        "running/tasks.py",
        "if mark is not None and mark.checksum != checksum(operations):",
        "if False:",
    ),
    "what was begun comes first": (
        "running/tasks.py",
        "planned = begun + history.planned([*state.records, *begun], has_rows=state.has_rows)",
        "planned = history.planned(list(state.records))",
    ),
    "records before the next beginning": (
        "running/account.py",
        "        made = [record for task in self._done for record in task.records]\n",
        "        made = [record for task in self._done[:-1] for record in task.records]\n",
    ),
    "a journal that ends with the record": (
        "running/account.py",
        "[*(task.name for task in self._done), *sorted(self.untouched)]",
        "sorted(self.untouched)",
    ),
    "what changed nothing is not begun": (
        "running/account.py",
        "        self.untouched |= {task.name for task in begun if not task.was_begun}\n",
        "        pass\n",
    ),
    "what changed something stays begun": (
        "running/account.py",
        "        if turn.is_sent:\n            self.untouched.discard(task.name)\n        self.expect",
        "        self.expect",
    ),
    "a record with the last transaction": (
        "running/account.py",
        "done = [*self._done, task] if end == len(task.operations) else self._done",
        "done = self._done",
    ),
    "an entry that ends with the last transaction": (
        "running/account.py",
        "has_entry = task.was_begun or len(turn.operations) < len(task.operations)",
        "has_entry = False",
    ),
    "a transaction needs no beginning": (
        "running/loop.py",
        "turn.is_sent and not turn.is_atomic for",
        "turn.is_sent for",
    ),
    "what came later stays": ("running/loop.py", "skip_rows=task.empty", "skip_rows=False"),
    "an empty beginning is remembered": ("running/loop.py", "task = replace(task, empty=True)", "pass"),
    "after a query the database is read": ("running/loop.py", "if turn.is_query and not foresees:", "if False:"),
    "a query's mark is its own": (
        "running/loop.py",
        "mark = task.mark(end) if turn.marks_itself or end < len(task.operations) else None",
        "mark = task.mark(end) if end < len(task.operations) else None",
    ),
    "what is refused together is not done": (
        "running/loop.py",
        "        if isinstance(error, DatabaseError) and error.changed_nothing:\n            return False\n",
        "        if isinstance(error, DatabaseError) and error.changed_nothing:\n            return True\n",
    ),
    "what precedes a fault is done": (
        "running/loop.py",
        "            yield from ended()  # do what precedes the fault first\n",
        "",
    ),
    "a record waits for the index": (
        "running/account.py",
        "        self.wait()\n        self._effects.require_lock()\n",
        "        self._effects.require_lock()\n",
    ),
    "a query waits for the index": (
        "running/loop.py",
        "                if turn.is_query:\n                    account.wait()\n",
        "",
    ),
    "what orders an index that fails is not recorded": (
        "running/account.py",
        "            self._done = self._done[: names.index(error.place.migration)]\n",
        "",
    ),
    "whoever stops a run does not wait": (
        "running/account.py",
        "        self._done = list(takewhile(lambda task: task.name not in waiting, self._done))\n",
        "",
    ),
    "rows are looked for": (
        "running/state.py",
        "bool(history.elided()) and database.session.holds_rows()",
        "False",
    ),
    "rows that have come since are seen": ("running/loop.py", "if effects.holds_rows():", "if False:"),
    "a fast-forward keeps queries": (
        "running/tasks.py",
        "        state = replace(state, has_rows=True)  # it keeps all queries, and has the same members when it continues\n",
        "        pass\n",
    ),
    "a fast-forward that goes on keeps queries": (
        "running/tasks.py",
        "if fast_forward or any(name.startswith(FAST_FORWARD) for name in unfinished(state)):",
        "if fast_forward:",
    ),
    "what was begun is finished": (
        "running/tasks.py",
        "mark is None and group.squashed is None and _is_elided(",
        "group.squashed is None and _is_elided(",
    ),
    "every member is recorded": (
        "running/tasks.py",
        "tuple(each for member in group.members for each in records(member, history) if each.name not in state.records),",
        "tuple(records(group.members[-1], history)),",
    ),
}


def main(names: list[str], mutations: Mutations, files: Sequence[str], only: str = "not neo4j") -> int:
    unnoticed = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "nsmig"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(_core.__file__, copy)  # compiled, and in the installed package
        assert _test(copy, files, only) is None, "the tests fail without any mutation"
        for name in names or mutations:
            file, old, new = mutations[name]
            source = copy / file
            text = source.read_text()
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
            source.write_text(text.replace(old, new))
            test = _test(copy, files, only)
            source.write_text(text)
            print(f"{name:<38} {test or 'UNNOTICED'}", flush=True)
            unnoticed += [] if test else [name]
    return 1 if unnoticed else 0


def _test(copy: Path, files: Sequence[str], only: str) -> str | None:
    """The first of these tests that fails with this copy of the package; None if they all pass."""
    tests = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *files, "-k", only]
    path = os.pathsep.join((str(copy.parent), os.environ.get("PYTHONPATH", "")))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(tests, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    failed = re.search(r"^(?:FAILED|ERROR) tests/[\w/]+.py(?:::(\S+))?", done.stdout, re.MULTILINE)
    if done.returncode and not failed:
        raise RuntimeError(done.stdout + done.stderr)
    return failed.group(1) if failed else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], MUTATIONS, FILES))
