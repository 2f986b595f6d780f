"""Everything that takes longer than ``make test`` may, one after the other: ``python -m long``. The output is kept.

``SEED`` in the environment starts with other seeds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from support.places import ROOT

KEPT = ROOT / "benches" / "results" / "long.txt"
SEED = int(os.environ.get("SEED", 1))
PARTS = [
    ["-m", "pytest", "-m", "long", "--hypothesis-profile=random", f"--hypothesis-seed={SEED}"],
    [
        "-m",
        "pytest",
        "--hypothesis-profile=random",
        f"--hypothesis-seed={SEED}",
        "tests/stages",
        "tests/run/test_loop.py",
    ],
    ["-m", "pytest", "--neo4j", "5.23", "-k", "neo4j", "tests/database", "tests/run", "tests/commands"],
    ["-m", "long.kills", str(SEED)],
    ["-m", "long.unlocks", str(SEED)],
    ["-m", "long.squash", str(SEED * 100_000), "50000"],
    ["-m", "long.mutants_of_squash"],
    ["-m", "long.mutants_of_run"],
    ["-m", "long.mutants_of_using"],
    ["-m", "long.mutants_of_archives"],
]


def main() -> int:
    failed = 0
    with KEPT.open("w", encoding="utf-8") as kept:
        for part in PARTS:
            begun = time.monotonic()
            lines = [f"$ python {' '.join(part)}\n"]
            with subprocess.Popen([sys.executable, *part], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout
                for line in process.stdout:
                    print(line, end="", flush=True)
                    lines.append(line)
            failed += process.returncode != 0
            lines.append(f"exit code {process.returncode}, {time.monotonic() - begun:.0f} s\n\n")
            kept.writelines(lines)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
