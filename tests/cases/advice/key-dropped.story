Edit the migration if no database has it yet; otherwise ignore the code in this file.
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
- {operation: CreateNodeType, arguments: {name: A, keys: [id, k], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: DropNodeProperty, arguments: {node_type: A, property_name: k}}
-- commands --
$ nsmig check
migrations/b.yaml:4: warning[key-dropped]: Drop property k from node type A: the property is part of the key; the constraint is rebuilt on what is left
  If no database has the migration yet, edit it. Otherwise correct it in a new one, and ignore this code in this file.
2 migrations: 1 warning.
[exit code 3]
$ cp migrations/b.yaml b.orig
$ sed -i 's/^- .*Drop.*/- {operation: NodeKeyReduced, arguments: {node_type: A, removed_key_property: k}}\n&/' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
$ cp b.orig migrations/b.yaml
$ nsmig run 2>&1 | tail -n 1
Target local: 2 migrations applied in <duration>.
$ echo '# nsmig: ignore key-dropped' >> migrations/b.yaml
$ nsmig check -t local
2 migrations: nothing found (1 ignored).
