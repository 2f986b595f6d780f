#!/usr/bin/env bash
# Neo4j: two values that are equal pass a uniqueness constraint, and with its index = no longer finds both.
#
# One would expect: values for which a = b is true cannot both be unique, and an index never changes which nodes a
# predicate finds.
#
# What happens, for two kinds of values:
#   0.0 and -0.0: equal; a constraint takes both; WHERE n.v = 0 finds two nodes without and one with the index.
#   An hour that occurs twice in a named zone, datetime('2020-10-25T02:30+02:00[Europe/Berlin]') and the same at +01:00:
#   3,600 epoch seconds apart, yet a = b is true, and a < b is true as well. A constraint takes both; = finds two nodes
#   without and one with the index. DISTINCT says they are two, and so does WHERE a.at = b.at between two nodes, which
#   the planner makes a hash join, while RETURN a.at = b.at for the same two is true.
# So MERGE on such a value touches two nodes before the constraint is created, and one after.
#
# Why it matters: counting duplicates with = before creating a constraint finds some that the constraint accepts, and a
# cleanup of them deletes the measurements of a whole hour. A correct query finds fewer nodes after "only" an index was
# added. Sensors, bookings and logs have values in that hour every autumn.
#
# Seen with Neo4j 5.26.12 on Java 17 and 2026.08.1 on Java 25 (Cypher 5 and 25), neo4j 6.4.1 (PyPI). Run: bash
# equal-but-unique.sh [VERSION OF NEO4J]; needs python3, mvn, and Java 17 or newer in JAVA_HOME or on the PATH (21 for
# 2026.08.1). Exit status: 0 as described, 1 changed, 2 the server could not be run.

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
venv/bin/pip install --quiet --disable-pip-version-check neo4j==6.4.1
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


hour = "datetime('2020-10-25T02:30{}[Europe/Berlin]')"
summer, winter = hour.format("+02:00"), hour.format("+01:00")
values = {"zero": ("0.0", "-0.0", 1), "hour": (summer, winter, 0)}


def found(first):
    equal = rows(f"MATCH (n:Event) WHERE n.at = {first} RETURN count(n)")[0][0]
    rows(f"MERGE (n:Event {{at: {first}}}) SET n.touched = true")
    touched = rows("MATCH (n:Event) WHERE n.touched RETURN count(n)")[0][0]
    return equal, touched


def compare(name, first, second, joined):
    rows("MATCH (n) DETACH DELETE n")
    rows(f"CREATE (:Event {{at: {first}}}), (:Event {{at: {second}}})")
    pair = "MATCH (a:Event), (b:Event) WHERE elementId(a) < elementId(b)"
    seen(f"{name}: RETURN a.at = b.at", rows(f"{pair} RETURN a.at = b.at"), [(True,)])
    seen(f"{name}: pairs WHERE a.at = b.at", rows(f"{pair} AND a.at = b.at RETURN count(*)"), [(joined,)])
    seen(f"{name}: found by =, touched by MERGE, no index", found(first), (2, 2))
    rows("MATCH (n:Event) REMOVE n.touched")
    rows("CREATE CONSTRAINT events FOR (n:Event) REQUIRE n.at IS UNIQUE")
    seen(f"{name}: found by =, touched by MERGE, constraint", found(first), (1, 1))
    rows("DROP CONSTRAINT events")


version = rows("CALL dbms.components()")[0][1][0]
languages = ["CYPHER 5 "] if version.startswith("5.") else ["CYPHER 5 ", "CYPHER 25 "]
for language in languages:
    for name, (first, second, joined) in values.items():
        compare(name, first, second, joined)
    seconds = f"WITH {summer} AS a, {winter} AS b RETURN b.epochSeconds - a.epochSeconds, a = b, a < b"
    seen("hour: seconds between, =, <", rows(seconds), [(3600, True, True)])
    seen("hour: DISTINCT", rows("MATCH (n:Event) RETURN count(DISTINCT n.at)"), [(2,)])

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
