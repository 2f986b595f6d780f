Edit the migration if no database has it yet; otherwise fix it in a new one, and ignore the code in this file.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: B, property_name: q}}
-- commands --
$ nsmig check
warning[out-of-date]: the schema has 1 change that no migration makes: Drop node type B
  Write the migration with: nsmig make
migrations/b.yaml:4: warning[type-missing]: Add property q to node type B: the type does not exist; it is created silently
  If no database has the migration yet, edit it. Otherwise correct it in a new one, and ignore this code in this file.
2 migrations: 2 warnings.
[exit code 3]
$ cp migrations/b.yaml b.orig
$ sed -i '/AddNodeProperty/d; s/^operations:$/operations: []/' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
$ cp b.orig migrations/b.yaml
$ nsmig make --drop B -m fix 2>/dev/null | head -n 3
Generated migration <time>_fix.
The migration contains 1 schema change.
  - Drop node type B
$ echo '# nsmig: ignore type-missing' >> migrations/b.yaml
$ nsmig check
3 migrations: nothing found (1 ignored).
