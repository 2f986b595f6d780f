The next `nsmig make` joins them.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: , x: , y: , z: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: x}}
-- migrations/c.yaml --
name: c
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: y}}
-- commands --
$ nsmig check
warning[out-of-date]: the schema has 1 change that no migration makes: Add property z to node type A
  Write the migration with: nsmig make
migrations/b.yaml: notice[several-leaves]: 2 migrations are the ends of branches: b, c
  The next `nsmig make` joins them.
3 migrations: 1 warning, 1 notice.
[exit code 3]
$ nsmig make -m z | head -n 1
Generated migration <time>_z.
$ nsmig check
4 migrations: nothing found.
