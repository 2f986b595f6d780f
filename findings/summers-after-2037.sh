#!/usr/bin/env bash
# Neo4j's Python driver: from 2038 on, daylight saving time is missing.
#
# One would expect: datetime('2040-07-01T12:00[Europe/Berlin]') is noon in Berlin for every reader, as on the server
# (12:00+02:00), and noon written by Python is noon on the server.
#
# What happens: the driver creates its time zones with pytz, whose tables end in 2037 and continue with winter time. The
# value arrives in Python as 11:00+01:00: the right instant at the wrong hour. A Python datetime for noon, created with
# pytz like the driver's own values, is stored as 13:00+02:00, and that is another instant. Text created in Python with
# the zone's name is refused by the server, "Timezone and offset do not match". 2037 and winters are right.
#
# Why it matters: contracts, warranties and leases end after 2037 already. A migration that rebuilds such values
# through Python (hour, date, text, another database) moves them, at midnight to another day; one that stays in Cypher
# does not.
#
# Seen with neo4j 6.4.1 and pytz 2026.6 (PyPI), Python 3.11, Neo4j 5.26.12 on Java 17 and 2026.08.1 on Java 25. Run:
# bash summers-after-2037.sh [VERSION OF NEO4J]; needs python3, mvn, and Java 17 or newer in JAVA_HOME or on the PATH
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
venv/bin/pip install --quiet --disable-pip-version-check neo4j==6.4.1 pytz==2026.6
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
from datetime import datetime

import pytz
from neo4j.exceptions import ClientError

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


def read(text):
    return rows("RETURN datetime($text)", text=text)[0][0]


def written(value):
    return rows("RETURN toString($value)", value=value)[0][0]


def taken_back(value):
    try:
        return read(f"{value.to_native().isoformat()}[Europe/Berlin]") == value
    except ClientError as error:
        return "Timezone and offset do not match" in str(error) and "refused"


berlin = pytz.timezone("Europe/Berlin")
for year, month, there, here, back in [
    (2037, 7, "12:00:00+02:00", "12:00:00+02:00", True),
    (2038, 1, "12:00:00+01:00", "12:00:00+01:00", True),
    (2038, 7, "11:00:00+01:00", "13:00:00+02:00", "refused"),
    (2040, 7, "11:00:00+01:00", "13:00:00+02:00", "refused"),
]:
    value = read(f"{year}-{month:02}-01T12:00[Europe/Berlin]")
    day = f"{year}-{month:02}-01"
    seen(f"noon of {day}, read in Python", value.to_native().isoformat(), f"{day}T{there}")
    noon = berlin.localize(datetime(year, month, 1, 12))
    seen(f"noon of {day}, written by Python", written(noon), f"{day}T{here}[Europe/Berlin]")
    seen(f"noon of {day}, its text taken back", taken_back(value), back)

midnight = read("2040-07-01T00:00[Europe/Berlin]")
seen("first day of July 2040, read in Python", str(midnight.to_native().date()), "2040-06-30")

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
