A migration of the user's own, whatever the schema: at the end, or before another.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- trim.cypher --
MATCH (n:A)
SET n.p = trim(n.p)
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
# said by hand
dependencies:
- a
operations:
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: p, new_property_name: q}}
-- commands --
$ nsmig run --to a
Executing migrations on target local...
  a: 1 operation in <duration>
Target local: 1 migration applied in <duration>.
$ nsmig make --empty -m trim --query-file trim.cypher --elidable --before b
Generated migration <time>_trim.
migrations/b.yaml depends on it.
Migration written to migrations/<time>_trim.yaml
Run `nsmig run` to apply the migration.
$ cat migrations/b.yaml
name: b
# said by hand
dependencies:
- <time>_trim
operations:
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: p, new_property_name: q}}
$ cat migrations/*_trim.yaml
dependencies:
- a
name: <time>_trim
operations:
- arguments:
    elidable: true
    query: 'MATCH (n:A)

      SET n.p = trim(n.p)'
  operation: RunQuery
replaces: []
$ nsmig run
Executing migrations on target local...
  <time>_trim: 1 operation in <duration>
  b: 1 operation in <duration>
Target local: 2 migrations applied in <duration>.
$ nsmig make --empty -m skeleton
Generated migration <time>_skeleton.
Migration written to migrations/<time>_skeleton.yaml
Add its operations, then run `nsmig run`.
$ cat migrations/*_skeleton.yaml
dependencies:
- b
name: <time>_skeleton
operations: []
replaces: []
$ nsmig make --empty --query 'MATCH (n:A) RETURN n' --dry-run --json
{
  "migration": {
    "name": "<time>_run_a_query",
    "operations": [
      {
        "operation": "RunQuery",
        "arguments": {
          "query": "MATCH (n:A) RETURN n"
        }
      }
    ],
    "dependencies": [
      "<time>_skeleton"
    ],
    "replaces": []
  },
  "file": null,
  "changed": null
}
$ nsmig run
Executing migrations on target local...
  <time>_skeleton: 0 operations in <duration>
Target local: 1 migration applied in <duration>.
$ ls migrations
<time>_trim.yaml
<time>_skeleton.yaml
a.yaml
b.yaml
$ nsmig check
error[schema-unknown]: schema.yaml: there is no such schema file; correct `schema: FILE` in nsmig.yaml, or write the file: `nsmig schema > schema.yaml` writes the schema that results from the migrations. For a project without a schema file, set `schema: null`
  Fix it; until then nsmig cannot tell whether a migration is missing.
4 migrations: 1 error.
[exit code 1]
