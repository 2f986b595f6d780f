"""Remove one safeguard of archives and restores at a time from a copy of the package, and report which test notices.

``python -m long.mutants_of_archives [NAME …]``, with nsmig installed. Exit code 1 if one goes unnoticed.
"""

from __future__ import annotations

import sys

from long.mutants_of_run import main

FILES = ("tests/run/test_archive.py", "tests/run/test_restore_converted.py", "tests/run/test_restore.py")

_FOLDER, _RETURNED, _MOVED = "archive/folder.py", "running/returned.py", "running/moved.py"
MUTATIONS = {
    "what is not certain is dropped": (
        _FOLDER,
        "return certain.size if entry.number == certain.file else 0",
        "return entry.size or 0",
    ),
    "rows are on the disk": (_FOLDER, "                os.fsync(file.fileno())\n", ""),
    "a restore keeps its lock": ("running/restoring.py", "                    require_lock()\n", ""),
    "an archive is whole before it is put back": (
        "running/restoring.py",
        "        require_whole(folder, entries, position)\n",
        "",
    ),
    "nobody else writes meanwhile": (
        _FOLDER,
        "            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "            pass\n",
    ),
    "a checksum is compared": (_FOLDER, "and _digest(path) != entry.sha256", "and False"),
    "a file is as long as it was": (_FOLDER, "        if size < needed:", "        if False:"),
    "another database is refused": (
        _FOLDER,
        "    if position is None and any(each.size for each in entries):",
        "    if False:",
    ),
    "a begun run needs its archive": ("running/keeping.py", "if begun is not None and", "if False and"),
    "no value is written over another": (
        "running/outcome.py",
        "is_any(row.values.get(name), instead.get(name, (None,)))",
        "True",
    ),
    "a batch is put back once": (_RETURNED, "done + len(batch)))", "done))"),
    "one row of several is not guessed": (
        _RETURNED,
        '            return "several rows have its keys" if self.is_whole else _SEVERAL\n',
        "            rows = rows[:1]\n",
    ),
    "a relationship that is there is not made": (
        _RETURNED,
        "        known = [at for at in whole if self.ids.known(lines[at]",
        "        known = [at for at in whole if False and self.ids.known(lines[at]",
    ),
    "the old type is there again": (_MOVED, "and again.to == self.declared(kind, type, name)", ""),
    "conversions since are followed": (
        _MOVED,
        "Place(place.now, ((at, operation), *place.conversions))",
        "place",
    ),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], MUTATIONS, FILES))
