"""A search by words and by meaning that goes on through renames, on the Neo4j database of NEO4J_URI, which is empty."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import neo4j
from search import QUESTIONS, found, load

HERE = Path(__file__).resolve().parent
CHANGES = (
    ("- name: Chunk", "- name: Passage"),
    ("  from: Chunk", "  from: Passage"),
    ("    embedding:", "    vector:"),
)
ANSWERS = ("--rename-type", "Chunk=Passage", "--rename-property", "Passage.embedding=vector")


def say(text: str) -> None:
    print(f"\n# {text}", flush=True)


def nsmig(project: Path, *arguments: str) -> None:
    print(f"$ nsmig {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "nsmig", *arguments], cwd=project, check=True, stderr=subprocess.STDOUT)


def search(driver: neo4j.Driver) -> dict[str, dict[str, list[str]]]:
    answers = {question: found(driver, question) for question in QUESTIONS}
    for question, ways in answers.items():
        print(f"{question}  " + "; ".join(f"{way}: {', '.join(chunks)}" for way, chunks in ways.items()))
    return answers


def change(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in CHANGES:
        print(f"  {old.strip()}  ->  {new.strip()}")
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")


def walk(project: Path, driver: neo4j.Driver) -> None:
    say("nsmig creates the types and their indexes.")
    nsmig(project, "make", "-m", "start")
    nsmig(project, "run")
    say("Three documents, each in two chunks, are loaded and searched.")
    load(driver)
    before = search(driver)
    say("The type and the property are renamed.")
    change(project / "schema.yaml")
    nsmig(project, "make", *ANSWERS, "-m", "passages")
    nsmig(project, "run")
    say("The indexes followed, so the same search gives the same answers.")
    after = search(driver)
    if after != before:
        sys.exit("the answers differ")
    nsmig(project, "make", "--check")


def main() -> None:
    given = (os.environ["NEO4J_URI"], ("neo4j", os.environ["NEO4J_PASSWORD"]))
    with neo4j.GraphDatabase.driver(given[0], auth=given[1], notifications_min_severity="OFF") as driver:
        if driver.execute_query("MATCH (n) RETURN count(n) AS nodes").records[0]["nodes"]:
            sys.exit("the database is not empty; give this example one of its own")
        with TemporaryDirectory() as folder:
            walk(Path(shutil.copytree(HERE, Path(folder) / "retrieval")), driver)


if __name__ == "__main__":
    main()
