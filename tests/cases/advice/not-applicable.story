Add the operation that must come before it, or remove the impossible one.
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
- {operation: DropNodeProperty, arguments: {node_type: A, property_name: q}}
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- commands --
$ nsmig check
migrations/b.yaml:4: error[not-applicable]: Drop property q from node type A: node type 'A' has no property 'q' at this point of the history
  Edit or remove the operation, or add the one that must come before it.
2 migrations: 1 error.
[exit code 1]
$ sed -i '/DropNodeProperty/d' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
