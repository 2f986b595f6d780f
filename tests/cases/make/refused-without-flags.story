Unattended, nothing that disappears from the schema is dropped or renamed without an answer.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, q: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig make
error: the schema no longer has these; for each, say with a flag or in hints.yaml whether it was renamed or dropped:
  property p of node type A: --rename-property A.p=q or --drop A.p
[exit code 1]
$ ls migrations
a.yaml
$ nsmig make --drop A.p --dry-run -m x 2>/dev/null | tail -n 3
    property_name: q
  operation: AddNodeProperty
replaces: []
$ nsmig make --rename-property A.p=q -m x
Generated migration <time>_x.
The migration contains 1 schema change.
  - Rename node property p to q on node type A
Migration written to migrations/<time>_x.yaml
Run `nsmig run` to apply the migration.
$ nsmig make --check
No changes to migrate
