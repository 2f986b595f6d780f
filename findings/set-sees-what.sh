#!/usr/bin/env bash
# Neo4j and LadybugDB: a SET sees opposite parts of its own statement on the two, and on Neo4j this depends on its
# neighbours.
#
# One would expect one of two: every right-hand side sees the graph as it was (as in SQL), or everything goes from
# left to right and row by row. And the same Cypher text to do the same on both.
#
# What happens, for nodes {x: 1, y: 2, c: 0} with three relationships:
#   SET a.x = a.y, a.y = a.x               Neo4j swaps: 2, 1     LadybugDB: 2, 2
#   SET a.x = a.y, a:Seen, a.y = a.x       Neo4j: 2, 2 (!)       (no second label there)
#   SET a.x = a.y, b.z = 0, a.y = a.x      Neo4j: 2, 2 (!)
#   three rows of SET a.c = a.c + 1        Neo4j: 3              LadybugDB: 1
#   UNWIND [1, 1, 1] AS k MERGE ... ON CREATE SET c = 1 ON MATCH SET c = c + 1
#                                          Neo4j: 3              LadybugDB: NULL
# So Neo4j does not see earlier items of one SET but sees earlier rows, and LadybugDB the other way round. On Neo4j
# the swap is a matter of items side by side for one variable: any other item between them turns it into two
# assignments.
#
# Why it matters: swapping, shifting and counting are what data migrations do. Adding a label to a SET that swaps loses
# a value without an error, and a counter moved to the other database loses all but one.
#
# Seen with Neo4j 5.26.12 on Java 17 and 2026.08.1 on Java 25 (there in Cypher 5 and Cypher 25), neo4j 6.4.1, ladybug
# 0.22.0 (PyPI). Run: bash set-sees-what.sh [VERSION OF NEO4J]; needs python3, mvn, and Java 17 or newer in JAVA_HOME
# or on the PATH (21 for 2026.08.1). Exit status: 0 as described, 1 changed, 2 the server could not be run.

set -euo pipefail
version=${1:-5.26.12}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
case $version in 5.*) needed=17 ;; *) needed=21 ;; esac
major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
if [ "${major:-0}" -lt "$needed" ]; then
    echo "Neo4j $version needs Java $needed or newer in JAVA_HOME or on the PATH." >&2
    exit 2
fi

work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check neo4j==6.4.1 ladybug==0.22.0
cat > pom.xml <<EOF
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>server</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.neo4j.test</groupId><artifactId>neo4j-harness</artifactId><version>$version</version>
  </dependency></dependencies>
</project>
EOF
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath > mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }
cat > Start.java <<'EOF'
class Start {
    public static void main(String[] arguments) throws Exception {
        var server = org.neo4j.harness.Neo4jBuilders.newInProcessBuilder().withDisabledServer().build();
        System.out.println(server.boltURI());
        Thread.currentThread().join();
    }
}
EOF
"$java" -Xmx1g -Djava.io.tmpdir="$work" -cp "$(cat classpath)" Start.java > uri 2> server.log &
server=$!
for _ in $(seq 120); do
    [ -s uri ] && break
    kill -0 "$server" 2>/dev/null || { cat server.log >&2; exit 2; }
    sleep 1
done
export NEO4J_URI="$(head -n 1 uri)"

venv/bin/python - <<'EOF'
import os
import sys

import ladybug

from neo4j import GraphDatabase

driver = GraphDatabase.driver(os.environ["NEO4J_URI"], auth=None, notifications_min_severity="OFF")
language = ""
changed = []


def rows(query, **parameters):
    return [tuple(record.values()) for record in driver.execute_query(language + query, parameters).records]


def seen(what, value, expected):
    print(f"{language}{what}: {value!r}")
    if value != expected:
        changed.append(f"{language}{what}: {value!r}, but {expected!r} when this was written")


version = rows("CALL dbms.components()")[0][1][0]
languages = ["CYPHER 5 "] if version.startswith("5.") else ["CYPHER 5 ", "CYPHER 25 "]
counting = """UNWIND [1, 1, 1] AS k MERGE (t:Total {k: k})
ON CREATE SET t.c = 1 ON MATCH SET t.c = t.c + 1"""


def after(items):
    rows("MATCH (n) DETACH DELETE n")
    rows("CREATE (a:A {x: 1, y: 2, c: 0}), (b:B) FOREACH (i IN range(1, 3) | CREATE (a)-[:R]->(b))")
    rows(f"MATCH (a:A), (b:B) SET {items}")
    return rows("MATCH (a:A) RETURN a.x, a.y")[0]


for language in languages:
    seen("swap", after("a.x = a.y, a.y = a.x"), (2, 1))
    seen("swap, then a label", after("a.x = a.y, a.y = a.x, a:Seen"), (2, 1))
    seen("a label inside the swap", after("a.x = a.y, a:Seen, a.y = a.x"), (2, 2))
    seen("another node inside the swap", after("a.x = a.y, b.z = 0, a.y = a.x"), (2, 2))
    rows("MATCH (a:A)-[:R]->() SET a.c = a.c + 1")
    seen("three rows", rows("MATCH (a:A) RETURN a.c"), [(3,)])
    rows(counting)
    seen("MERGE three times", rows("MATCH (t:Total) RETURN t.c"), [(3,)])

language = ""
database = ladybug.Database(":memory:", buffer_pool_size=256 << 20, max_db_size=1 << 30)
connection = ladybug.Connection(database)


def embedded(query):
    return [tuple(row) for row in connection.execute(query).get_all()]


embedded("CREATE NODE TABLE A(id INT64 PRIMARY KEY, x INT64, y INT64, c INT64)")
embedded("CREATE NODE TABLE Total(k INT64 PRIMARY KEY, c INT64)")
embedded("CREATE REL TABLE R(FROM A TO A)")
embedded("CREATE (:A {id: 0, x: 1, y: 2, c: 0})")
embedded("UNWIND [1, 2, 3] AS i CREATE (:A {id: i})")
embedded("MATCH (a:A {id: 0}), (b:A) WHERE b.id > 0 CREATE (a)-[:R]->(b)")
embedded("MATCH (a:A {id: 0}) SET a.x = a.y, a.y = a.x")
seen("LadybugDB, swap", embedded("MATCH (a:A {id: 0}) RETURN a.x, a.y"), [(2, 2)])
embedded("MATCH (a:A {id: 0})-[:R]->() SET a.c = a.c + 1")
seen("LadybugDB, three rows", embedded("MATCH (a:A {id: 0}) RETURN a.c"), [(1,)])
embedded(counting)
seen("LadybugDB, MERGE three times", embedded("MATCH (t:Total) RETURN t.c"), [(None,)])

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
