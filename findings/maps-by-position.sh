#!/usr/bin/env bash
# LadybugDB: in a list of maps the values belong to the names of the last map, by position.
#
# One would expect: in [{id: 1, score: 2}, {score: 4, id: 3}] the first id is 1 and the second is 3. A map has no
# order.
#
# What happens: all maps get the names of the last one, in its order. So the first map, {id: 1, score: 2}, is read as
# score 1 and id 2, without an error. The same holds for a list of dicts given as a parameter, where even maps with
# different names pass: [{"a": 1}, {"b": 2}] comes out as b = 1 and b = 2. There is an error only if the types differ by
# position, so two texts, or two small integers, are swapped silently.
#
# Why it matters: UNWIND $rows AS row CREATE (:T {id: row.id, ...}) is how graphs are loaded, and dicts made from JSON
# of several sources, or with optional parts added later, differ in order.
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


literal = "UNWIND [{id: 1, score: 2}, {score: 4, id: 3}] AS row RETURN row.id, row.score"
seen("literal maps, id and score", rows(literal), [(2, 1), (3, 4)])
same_order = "UNWIND [{id: 1, score: 2}, {id: 3, score: 4}] AS row RETURN row.id, row.score"
seen("the same, all in one order", rows(same_order), [(1, 2), (3, 4)])

rows("CREATE NODE TABLE Person(id STRING PRIMARY KEY, name STRING)")
people = [{"id": "p1", "name": "Ada"}, {"name": "Eve", "id": "p2"}]
rows("UNWIND $people AS row CREATE (:Person {id: row.id, name: row.name})", people=people)
stored = rows("MATCH (p:Person) RETURN p.id, p.name ORDER BY p.id")
seen("nodes made from p1 Ada and p2 Eve", stored, [("Ada", "p1"), ("p2", "Eve")])

other_names = rows("UNWIND $maps AS row RETURN row.b", maps=[{"a": 1}, {"b": 2}])
seen("row.b of {a: 1} and of {b: 2}", other_names, [(1,), (2,)])
try:
    rows(literal.replace("score: 2", "score: 'two'").replace("score: 4", "score: 'four'"))
    refused = False
except RuntimeError:
    refused = True
seen("an error where the types differ by position", refused, True)

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
