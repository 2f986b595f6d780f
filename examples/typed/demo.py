"""Types, keys, adjacencies and a query of one's own on LadybugDB, in a temporary copy of this project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import ladybug

from nsmig.database.ladybug import key_of

HERE = Path(__file__).resolve().parent

# A loader sets _nsmig_key where the key is of several parts: so LadybugDB tells nodes apart by all of them.
SENSORS = """\
UNWIND $rows AS row
CREATE (:Sensor {_nsmig_key: row.key, serial: row.serial, site: row.site, installed: row.at})"""
READINGS = """\
UNWIND [['s1', '21.5'], ['s2', '1e2'], ['s3', 'n/a']] AS row MATCH (s:Sensor) WHERE s.serial = row[1]
CREATE (s)-[:MEASURED {quality: '0.9'}]->(:Reading {id: s.serial + '-1', value: row[2], taken_at: '2026-01-02'})"""

LOOK = """\
MATCH (s:Sensor)-[m:MEASURED]->(r:Reading)
RETURN s.serial, s.installed, m.quality, r.value, r.taken_at ORDER BY s.serial"""

# Line by line: what stands in schema.yaml, and what it becomes.
CHANGES = (
    ("    site: {is_key: true}", "    site: STRING"),
    ("    installed: STRING", "    installed: DATETIME"),
    ("    value: STRING", "    value: FLOAT"),
    ("    taken_at: STRING", "    taken_at: DATETIME"),
    ("    quality: STRING", "    quality: FLOAT"),
)

CLEANING = """\
name: clean
dependencies: [{last}]
operations:
- operation: RunQuery
  arguments:
    query: MATCH (r:Reading) WHERE r.value = $unknown SET r.value = NULL
    parameters: {{unknown: n/a}}
"""


def nsmig(project: Path, *arguments: str) -> None:
    print(f"\n$ nsmig {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "nsmig", *arguments], cwd=project, check=True, stderr=subprocess.STDOUT)


def ask(project: Path, query: str, **parameters: object) -> None:
    print(f"\n> {query}")
    with ladybug.Database(str(project / "graph.lbug")) as database, ladybug.Connection(database) as connection:
        result = connection.execute(query, parameters)
        for row in result.get_all() if not isinstance(result, list) else ():
            print(" ", *row, sep="  ")


def change(file: Path) -> None:
    print(f"\nNow {file.name} changes:")
    text = file.read_text(encoding="utf-8")
    for old, new in CHANGES:
        print(f"  {old.strip()}  ->  {new.strip()}")
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")


def main() -> None:
    with TemporaryDirectory() as folder:
        project = Path(shutil.copytree(HERE, Path(folder) / "typed", ignore=shutil.ignore_patterns("graph.lbug*")))
        nsmig(project, "run")
        rows = [{"serial": f"s{n}", "site": "north", "at": f"202{n}-05-01"} for n in (1, 2, 3)]
        ask(project, SENSORS, rows=[{**row, "key": key_of([row["serial"], row["site"]])} for row in rows])
        ask(project, READINGS)

        print("\nA value that is no number would stop the change of types, so a query of one's own comes first:")
        (first,) = (project / "migrations").glob("*_sensors.yaml")
        cleaning = CLEANING.format(last=first.stem)
        (project / "migrations" / "clean.yaml").write_text(cleaning, encoding="utf-8")
        print("\n".join(f"  {line}" for line in cleaning.splitlines()))
        change(project / "schema.yaml")
        nsmig(project, "make", "-m", "types")
        nsmig(project, "run")
        ask(project, LOOK)
        nsmig(project, "make", "--check")


if __name__ == "__main__":
    main()
