Two branches whose order matters are named, with the reason.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: p, new_property_name: q}}
-- migrations/c.yaml --
name: c
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: q, default: 1}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, q: }
-- commands --
$ nsmig check
migrations/c.yaml:4: warning[order-matters]: neither of 'b' and 'c' depends on the other, and 'Rename node property p to q on node type A' and 'Add property q to node type A' do not commute
  Decide which comes first, and add its name to the other's dependencies.
migrations/c.yaml:4: warning[property-exists]: Add property q to node type A: the property already exists
  If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
migrations/b.yaml: notice[several-leaves]: 2 migrations are the ends of branches: b, c
  The next `nsmig make` joins them.
3 migrations: 2 warnings, 1 notice.
[exit code 3]
