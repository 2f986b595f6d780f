Restore the file.
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
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- commands --
$ nsmig run 2>&1 | tail -n 1; mv migrations/b.yaml old.yaml
Target local: 2 migrations applied in <duration>.
$ sed -i 's/, p: //' schema.yaml
$ nsmig check -t local
warning[unknown]: target local: 'b' is recorded as applied, but is in no file
  Restore the file, or check whether the database belongs to this project.
1 migration: 1 warning.
[exit code 3]
$ mv old.yaml migrations/b.yaml && sed -i 's/true}/true}, p: /' schema.yaml
$ nsmig check -t local
2 migrations: nothing found.
