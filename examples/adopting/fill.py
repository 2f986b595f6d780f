"""Send the statements of files to a Neo4j server, as cypher-shell would: ``fill.py URI FILE …``."""

import sys
from pathlib import Path

import neo4j

uri, *files = sys.argv[1:]
with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver, driver.session() as session:
    for file in files:
        for statement in Path(file).read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                session.run(statement).consume()
