Choose something that the database can hold.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, _id: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [_id]}}
-- commands --
$ nsmig check
migrations/a.yaml:4: error[refused]: Create node type A: ladybug: the property name '_id' is reserved by LadybugDB or nsmig; choose another name
  Choose something that the database supports; no data can make this operation possible.
1 migration: 1 error.
[exit code 1]
$ sed -i 's/_id/number/' migrations/a.yaml schema.yaml
$ nsmig check
1 migration: nothing found.
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ nsmig check -t local
1 migration: nothing found.
