#!/usr/bin/env bash
# Neo4j's Python driver: whether a failed statement raises depends on its RETURN.
#
# One would expect: with driver.session() as session: session.run(statement) raises if the statement fails, at the
# latest when the with block closes the session. Nothing could be written, so there must be an error.
#
# What happens: without a RETURN the server fails at once, and run() raises. With a RETURN the same statement fails
# while its rows are fetched; closing the session fetches the rest, and that error is not raised but logged as a
# warning. The program continues, with exit status 0, and the whole statement is undone. Reading the first row does not
# help: it arrives, and then its node does not exist. execute_query(), transaction functions, explicit transactions and
# a further run() in the same session do raise.
#
# Why it matters: session.run() without looking at the result is how small scripts change data, and someone who adds
# "RETURN count(n)" or "RETURN n.id" to see more turns an error into silence. .consume() is what keeps it loud.
#
# Seen with neo4j 6.4.1 (PyPI), Python 3.11, Neo4j 5.26.12 on Java 17 and 2026.08.1 on Java 25. Run: bash
# return-hides-the-error.sh [VERSION OF NEO4J]; needs python3, mvn, and Java 17 or newer in JAVA_HOME or on the PATH
# (21 for 2026.08.1). Exit status: 0 as described, 1 changed, 2 the server could not be run.

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
import logging

from neo4j import Result
from neo4j.exceptions import Neo4jError

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


logging.getLogger("neo4j").addHandler(logging.NullHandler())  # its warning is what this script is about
rows("CREATE CONSTRAINT names FOR (n:Person) REQUIRE n.name IS UNIQUE")
duplicate = "UNWIND ['Ada', 'Eve', 'Ada'] AS name CREATE (n:Person {name: name})"
division = "UNWIND range(1, 2000) AS i CREATE (n:Person {name: toString(i), share: 100 / (1999 - i)})"


def raised(use):
    try:
        use()
    except Neo4jError:
        return True
    return False


def in_session(statement, read=lambda result: None):
    with driver.session() as session:
        read(session.run(statement))


def in_transaction(statement):
    with driver.session() as session:
        session.execute_write(lambda transaction: transaction.run(statement) and None)


for name, statement in {"duplicate": duplicate, "division by zero": division}.items():
    seen(f"{name} raises", raised(lambda: in_session(statement)), True)
    returning = f"{statement} RETURN n.name"
    seen(f"{name} with RETURN raises", raised(lambda: in_session(returning)), False)
    seen(f"{name} with RETURN raises if consumed", raised(lambda: in_session(returning, Result.consume)), True)
    seen(f"{name} with RETURN raises in execute_write", raised(lambda: in_transaction(returning)), True)

first = []
returning = f"{division} RETURN n.name"
seen("reading one row raises", raised(lambda: in_session(returning, lambda it: first.append(next(iter(it))[0]))), False)
seen("the row", first, ["1"])
seen("persons that exist", rows("MATCH (n:Person) RETURN count(n)"), [(0,)])

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
