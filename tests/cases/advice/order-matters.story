Decide which comes first, and add its name to the other's dependencies.
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
-- migrations/c.yaml --
name: c
dependencies: [a]
operations:
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: p, new_property_name: q}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: SetNodePropertyType, arguments: {node_type: A, property_name: p, type: STRING}}
-- commands --
$ nsmig check
migrations/c.yaml:4: warning[order-matters]: neither of 'b' and 'c' depends on the other, and 'Set type of property p on node type A to STRING' and 'Rename node property p to q on node type A' do not commute
  Decide which comes first, and add its name to the other's dependencies.
migrations/b.yaml: notice[several-leaves]: 2 migrations are the ends of branches: b, c
  The next `nsmig make` joins them.
3 migrations: 1 warning, 1 notice.
[exit code 3]
$ sed -i 's/\[a\]/[b]/' migrations/c.yaml
$ nsmig check
3 migrations: nothing found.
