Each operation that cannot be applied is reported with its line, and later ones are still checked.
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
- {operation: DropNodeProperty, arguments: {node_type: A, property_name: x}}
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
- {operation: DropNodeProperty, arguments: {node_type: A, property_name: y}}
- {operation: DropNodeType, arguments: {name: Z}}
-- commands --
$ nsmig check
migrations/b.yaml:4: error[not-applicable]: Drop property x from node type A: node type 'A' has no property 'x' at this point of the history
  Edit or remove the operation, or add the one that must come before it.
migrations/b.yaml:6: error[not-applicable]: Drop property y from node type A: node type 'A' has no property 'y' at this point of the history
  Edit or remove the operation, or add the one that must come before it.
migrations/b.yaml:7: error[not-applicable]: Drop node type Z: node type 'Z' does not exist at this point of the history
  Edit or remove the operation, or add the one that must come before it.
migrations/b.yaml:5: warning[property-exists]: Add property p to node type A: the property already exists
  If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
2 migrations: 3 errors, 1 warning.
[exit code 1]
