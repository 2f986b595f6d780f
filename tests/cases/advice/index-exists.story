Edit the migration if no database has it yet; otherwise ignore the code in this file.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: {is_indexed: true}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
- {operation: AddAdditionalNodePropertyIndex, arguments: {node_type: A, field_name: p}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddAdditionalNodePropertyIndex, arguments: {node_type: A, field_name: p}}
-- commands --
$ nsmig check
migrations/b.yaml:4: warning[index-exists]: Add additional index for node type A on field p: the index already exists; nothing happens
  If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
2 migrations: 1 warning.
[exit code 3]
$ cp migrations/b.yaml b.orig
$ sed -i '/AddAdditional/d; s/^operations:$/operations: []/' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
$ cp b.orig migrations/b.yaml
$ nsmig run 2>&1 | tail -n 1
Target local: 2 migrations applied in <duration>.
$ echo '# nsmig: ignore index-exists' >> migrations/b.yaml
$ nsmig check -t local
2 migrations: nothing found (1 ignored).
