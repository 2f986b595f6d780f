#!/usr/bin/env bash
# LadybugDB: COPY looks at a relationship table's cardinality within its own rows only.
#
# One would expect: in a table declared MANY_ONE no node has two relationships, however they are created. CREATE and
# MERGE refuse a second one, and COPY refuses two for one node with an error that names the constraint.
#
# What happens: COPY compares its rows with each other, not with what the table holds. Two COPY of one row each give a
# node two relationships, before a checkpoint and after it, and in a file that was closed and opened again. From then on
# CREATE refuses a third, while COPY adds it. ONE_ONE and ONE_MANY let it through as well.
#
# Why it matters: bulk loads run in several parts or again after a failure, and a table that "cannot" hold two values
# is then taken for a function: queries count twice. Look after a load; the declaration is no proof.
#
# Seen with ladybug 0.22.0 (PyPI), Python 3.11, Linux x86_64. Exit status: 0 as described, 1 changed.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ladybug==0.22.0

venv/bin/python - <<'EOF'
import sys

import ladybug

changed = []


def seen(what, value, expected):
    print(f"{what}: {value!r}")
    if value != expected:
        changed.append(f"{what}: {value!r}, but {expected!r} when this was written")


database = ladybug.Database("graph.lbug", buffer_pool_size=256 << 20, max_db_size=1 << 30)
connection = ladybug.Connection(database)


def rows(query, **parameters):
    return [tuple(row) for row in connection.execute(query, parameters).get_all()]


rows("CREATE NODE TABLE Person(id INT64 PRIMARY KEY)")
rows("CREATE NODE TABLE City(id INT64 PRIMARY KEY)")
rows("CREATE REL TABLE BORN_IN(FROM Person TO City, MANY_ONE)")
rows("CREATE REL TABLE MAYOR_OF(FROM Person TO City, ONE_ONE)")
rows("CREATE REL TABLE OWNS(FROM Person TO City, ONE_MANY)")
rows("UNWIND range(1, 3) AS id CREATE (:Person {id: id}) CREATE (:City {id: id})")


def refused(statement):
    try:
        rows(statement)
    except RuntimeError as error:
        return "violates the rel multiplicity constraint" in str(error)
    return False


def reopen():
    global database, connection
    connection.close()
    database.close()
    database = ladybug.Database("graph.lbug", buffer_pool_size=256 << 20, max_db_size=1 << 30)
    connection = ladybug.Connection(database)


def pairs(type):
    return rows(f"MATCH (p:Person)-[:{type}]->(c:City) RETURN p.id, c.id ORDER BY p.id, c.id")


def create(city):
    return f"MATCH (p:Person {{id: 1}}), (c:City {{id: {city}}}) CREATE (p)-[:BORN_IN]->(c)"


rows("COPY BORN_IN FROM (RETURN 1, 1)")
seen("CREATE of a second is refused", refused(create(2)), True)
seen("COPY of two for one node is refused", refused("COPY BORN_IN FROM (UNWIND [1, 2] AS c RETURN 2, c)"), True)
seen("COPY of a second is refused", refused("COPY BORN_IN FROM (RETURN 1, 2)"), False)
seen("who was born where", pairs("BORN_IN"), [(1, 1), (1, 2)])
rows("CHECKPOINT")
reopen()
seen("CREATE of a third is refused", refused(create(3)), True)
seen("COPY of a third is refused", refused("COPY BORN_IN FROM (RETURN 1, 3)"), False)
seen("who was born where, MANY_ONE", pairs("BORN_IN"), [(1, 1), (1, 2), (1, 3)])

for pair in ("1, 1", "1, 2", "2, 1"):
    rows(f"COPY MAYOR_OF FROM (RETURN {pair})")
seen("who is mayor of what, ONE_ONE", pairs("MAYOR_OF"), [(1, 1), (1, 2), (2, 1)])
for pair in ("1, 1", "2, 1"):
    rows(f"COPY OWNS FROM (RETURN {pair})")
seen("who owns what, ONE_MANY", pairs("OWNS"), [(1, 1), (2, 1)])

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
