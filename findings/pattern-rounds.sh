#!/usr/bin/env bash
# LadybugDB: a number in a pattern is rounded to the column's type, in WHERE it is not.
#
# One would expect: MATCH (p:Part {number: 2.5}) is short for MATCH (p:Part) WHERE p.number = 2.5, and finds nothing
# where number is INT64.
#
# What happens: the pattern finds the part with number 2. The value is first cast to the column's type, which rounds
# half to even (1.5 and 2.5 both find 2), and then compared. WHERE compares as numbers and finds nothing. It is the same
# for literals and parameters, keys and other properties, nodes and relationships, and for MERGE, which matches the
# wrong node instead of creating one or refusing. DETACH DELETE deletes it. Text is cast too: {number: '3'} finds 3.
#
# Why it matters: a script that looks nodes up by numbers that came through a float (JSON, a spreadsheet, a division)
# changes or deletes the wrong node. On Neo4j the same text finds nothing.
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


database = ladybug.Database(":memory:", buffer_pool_size=256 << 20, max_db_size=1 << 30)
connection = ladybug.Connection(database)


def rows(query, **parameters):
    return [tuple(row) for row in connection.execute(query, parameters).get_all()]


rows("CREATE NODE TABLE Part(number INT64 PRIMARY KEY, stock INT64, note STRING)")
rows("CREATE REL TABLE USES(FROM Part TO Part, count INT64)")
rows("UNWIND range(1, 4) AS n CREATE (:Part {number: n, stock: n})")
rows("MATCH (a:Part {number: 1}), (b:Part {number: 2}) CREATE (a)-[:USES {count: 2}]->(b)")

for value in (1.5, 2.5, 2.6):
    seen(f"WHERE p.number = {value}", rows(f"MATCH (p:Part) WHERE p.number = {value} RETURN p.number"), [])
    found = rows(f"MATCH (p:Part {{number: {value}}}) RETURN p.number")
    seen(f"(p:Part {{number: {value}}})", found, [(round(value),)])
seen("a parameter of 2.6", rows("MATCH (p:Part {number: $n}) RETURN p.number", n=2.6), [(3,)])
seen("a property that is no key", rows("MATCH (p:Part {stock: 2.6}) RETURN p.stock"), [(3,)])
seen("a relationship", rows("MATCH ()-[u:USES {count: 1.5}]->() RETURN u.count"), [(2,)])
merge = "MERGE (p:Part {number: 3.6}) ON CREATE SET p.note = 'made' ON MATCH SET p.note = 'met'"
seen("MERGE with 3.6", rows(f"{merge} RETURN p.number, p.note"), [(4, "met")])
rows("MATCH (p:Part {number: 2.5}) DETACH DELETE p")
seen("after DETACH DELETE of 2.5", rows("MATCH (p:Part) RETURN p.number ORDER BY p.number"), [(1,), (3,), (4,)])

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
