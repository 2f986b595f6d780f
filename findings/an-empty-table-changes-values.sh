#!/usr/bin/env bash
# LadybugDB: a query over all labels gives a property of one table in the type of another table's column of that name.
#
# One would expect: MATCH (n) RETURN n.v gives the values that were stored, whatever other tables there are; a table
# without rows that someone else creates later does not change the answer of a query.
#
# What happens: a property has one type for all tables that a pattern may match, and the values are cast to it,
# including those within a returned node. CREATE NODE TABLE B(…, v DOUBLE), still empty, turns the integer
# 9007199254740993 of table A into 9007199254740992.0; with v STRING the integer 10 comes back as the text '10', true as
# 'True', and max() compares texts: 9 is more than 10. With the label in the pattern the values are returned as stored.
#
# Why it matters: a service that reads without labels (an export, a comparison of two graphs, a generic API) gets other
# types and other values once any migration anywhere creates a column of that name. Write the label, and one query per
# table.
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
    if repr(value) != repr(expected):
        changed.append(f"{what}: {value!r}, but {expected!r} when this was written")


def opened(name, first, values):
    database = ladybug.Database(f"{name}.lbug", buffer_pool_size=256 << 20, max_db_size=1 << 30)
    connection = ladybug.Connection(database)
    connection.execute(f"CREATE NODE TABLE A(id INT64 PRIMARY KEY, v {first})")
    for at, value in enumerate(values):
        connection.execute(f"CREATE (:A {{id: {at}, v: {value}}})")
    return lambda query: [row[0] for row in connection.execute(query).get_all()]


ALL, LABELLED = "MATCH (n) RETURN n.v ORDER BY n.id", "MATCH (n:A) RETURN n.v ORDER BY n.id"

ask = opened("double", "INT64", ["9007199254740993"])
seen("alone", ask(ALL), [9007199254740993])
ask("CREATE NODE TABLE B(id INT64 PRIMARY KEY, v DOUBLE)")
seen("beside an empty table with v DOUBLE", ask(ALL), [9007199254740992.0])
seen("within the node", ask("MATCH (n) RETURN n")[0]["v"], 9007199254740992.0)
seen("with the label", ask(LABELLED), [9007199254740993])

ask = opened("text", "INT64", ["9", "10"])
seen("alone", ask(ALL), [9, 10])
seen("the greatest, alone", ask("MATCH (n) RETURN max(n.v)"), [10])
ask("CREATE NODE TABLE B(id INT64 PRIMARY KEY, v STRING)")
seen("beside an empty table with v STRING", ask(ALL), ["9", "10"])
seen("the greatest", ask("MATCH (n) RETURN max(n.v)"), ["9"])
seen("the greatest, with the label", ask("MATCH (n:A) RETURN max(n.v)"), [10])

ask = opened("flag", "BOOLEAN", ["true"])
ask("CREATE NODE TABLE B(id INT64 PRIMARY KEY, v STRING)")
seen("a boolean beside an empty table with v STRING", ask(ALL), ["True"])

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
