A property that joins a key needs a value for existing rows: unattended, by a flag or a hint.
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
-- commands --
$ sed -i 's/p: /p: {is_key: true}/' schema.yaml
$ sed -i 's/\[p\]/[]/' migrations/a.yaml
$ nsmig make
error: A.p: existing rows need a value for each property that joins their key; give --key-default A.p=VALUE, or key-default in hints.yaml. The value null means the text 'null', which nodestream would use
[exit code 1]
$ ls migrations
a.yaml
$ nsmig make --key-default A.p=null --dry-run -m x
Would generate migration <time>_x.
The migration contains 1 schema change.
  - Extend key p on node type A
warning: existing rows without A.p get the text 'null' in it
dependencies:
- a
name: <time>_x
operations:
- arguments:
    added_key_property: p
    default: null
    node_type: A
  operation: NodeKeyExtended
replaces: []
$ nsmig make --key-default A.p=x -m x
Generated migration <time>_x.
The migration contains 1 schema change.
  - Extend key p on node type A
Migration written to migrations/<time>_x.yaml
Run `nsmig run` to apply the migration.
