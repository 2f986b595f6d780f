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
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- commands --
$ nsmig check
warning[out-of-date]: the schema has 1 change that no migration makes: Add property p to node type A
  Write the migration with: nsmig make
migrations/b.yaml:4: warning[type-replaced]: Create node type A: the type already exists; its other properties disappear from the schema
  If no database has the migration yet, edit it. Otherwise correct it in a new one, and ignore this code in this file.
2 migrations: 2 warnings.
[exit code 3]
$ cp migrations/b.yaml b.orig
$ sed -i '/CreateNodeType/d; s/^operations:$/operations: []/' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
$ cp b.orig migrations/b.yaml
$ nsmig run 2>&1 | tail -n 1
Target local: 2 migrations applied in <duration>.
$ nsmig make -m fix | head -n 3
Generated migration <time>_fix.
The migration contains 1 schema change.
  - Add property p to node type A
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ echo '# nsmig: ignore type-replaced' >> migrations/b.yaml
$ nsmig check -t local
3 migrations: nothing found (1 ignored).
