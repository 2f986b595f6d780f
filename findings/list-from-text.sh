#!/usr/bin/env bash
# LadybugDB: a text cast to a list in SET keeps elements of the row before it.
#
# One would expect: SET b.items = cast(b.text, 'INT64[]') stores for each row what RETURN cast(b.text, 'INT64[]')
# shows for it: '[4]' becomes [4] and '[]' becomes [].
#
# What happens: only the first row is right. Where a row has fewer elements than one before it, the rest of that one
# stays: after '[1,2,3]', '[4]' becomes [4, 2, 3], and so does '[]'. There is no error. RETURN and COPY give the right
# lists, and so does SET if a WITH before it does the cast.
#
# Why it matters: columns of an import come in as text, and this is the obvious statement to turn them into lists.
# Trying the cast in a RETURN first reveals nothing, and neither does a test with one row.
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


rows("CREATE NODE TABLE Basket(id INT64 PRIMARY KEY, text STRING, items INT64[])")
rows("CREATE NODE TABLE Copy(id INT64 PRIMARY KEY, items INT64[])")
for id, text in enumerate(["[1,2,3]", "[4]", "[]", "[5,6]"], start=1):
    rows("CREATE (:Basket {id: $id, text: $text})", id=id, text=text)

right = [[1, 2, 3], [4], [], [5, 6]]
cast = "cast(b.text, 'INT64[]')"


def items(table="Basket"):
    return [found for _, found in rows(f"MATCH (b:{table}) RETURN b.id, b.items ORDER BY b.id")]


shown = rows(f"MATCH (b:Basket) RETURN b.id, {cast} ORDER BY b.id")
seen("RETURN of the cast", [found for _, found in shown], right)
rows(f"MATCH (b:Basket) SET b.items = {cast}")
seen("SET by the cast", items(), [[1, 2, 3], [4, 2, 3], [4, 2, 3], [5, 6, 3]])
rows(f"MATCH (b:Basket) WITH b, {cast} AS list SET b.items = list")
seen("WITH the cast, then SET", items(), right)
rows(f"COPY Copy FROM (MATCH (b:Basket) RETURN b.id, {cast})")
seen("COPY of the cast", items("Copy"), right)

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
