"""A project's whole life on Neo4j, in stages: the changes of its schema, and the flags that explain them to
``make``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

FIRST = """\
nodes:
- name: Person
  properties:
    email: {is_key: true}
    name: {is_indexed: true}
    born: STRING
    country: STRING
- name: Company
  properties:
    name: {is_key: true}
    founded: STRING
- name: Pet
  properties:
    chip: {is_key: true}
relationships:
- name: WORKS_FOR
  properties:
    since: INTEGER
cardinalities:
- adjacency: {from_node_type: Person, relationship_type: WORKS_FOR, to_node_type: Company}
  cardinality: {from_side_cardinality: MANY, to_side_cardinality: MANY}
"""


@dataclass(frozen=True)
class Stage:
    """Texts of the schema to replace, then the flags of ``make``."""

    name: str
    changes: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = field(default=())


STAGES = (
    Stage("start"),
    Stage(
        "renames",
        (("Company", "Firm"), ("born: STRING", "birth: STRING"), ("WORKS_FOR", "EMPLOYED_BY")),
        (
            *("--rename-type", "Company=Firm", "--rename-type", "WORKS_FOR=EMPLOYED_BY"),
            *("--rename-property", "Person.born=birth"),
        ),
    ),
    Stage("rename_key", (("email: ", "mail: "),), ("--rename-property", "Person.email=mail")),
    Stage("longer_key", (("country: STRING", "country: {is_key: true}"),), ("--key-default", "Person.country=nowhere")),
    Stage("types", (("birth: STRING", "birth: INTEGER"), ("founded: STRING", "founded: DATETIME"))),
    Stage(
        "more",
        (("birth: INTEGER", "birth: {type: INTEGER, is_indexed: true}"), ("    since", "    note: STRING\n    since")),
    ),
    Stage("shorter_key", (("country: {is_key: true}", "country: STRING"),)),
    Stage(
        "drops",
        (("    name: {is_indexed: true}\n", ""), ("- name: Pet\n  properties:\n    chip: {is_key: true}\n", "")),
        ("--drop", "Person.name", "--drop", "Pet"),
    ),
)

ROWS = (
    "UNWIND range(1, 7) AS i CREATE (p:Person {email: 'p' + i, name: 'n' + i, born: toString(1990 + i)})"
    "-[:WORKS_FOR {since: 2000 + i}]->(:Company {name: 'c' + i, founded: '2001-01-0' + i})",
    "CREATE (:Person:Pet {email: 'both', chip: 1, name: 'Cat; \"`\\' // not a comment', country: 'x'}), (:Pet {chip: 2})",
)


def begin(folder: Path, uri: str) -> None:
    (folder / "schema.yaml").write_text(FIRST)
    (folder / "nsmig.yaml").write_text(
        f"targets: {{db: {{database: neo4j, uri: '{uri}', transaction_batch_size: 2}}}}\n"
    )


def enter(folder: Path, stage: Stage) -> list[str]:
    """Change the schema, and return the command that makes the migration."""
    file = folder / "schema.yaml"
    text = file.read_text()
    for old, new in stage.changes:
        assert old in text, old
        text = text.replace(old, new)
    file.write_text(text)
    return ["make", "-n", "-m", stage.name, *stage.flags]
