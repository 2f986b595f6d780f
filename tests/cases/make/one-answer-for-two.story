An answer that fits two things is refused; the wording of the questions distinguishes them.
-- nsmig.yaml --
{}
-- schema.yaml --
nodes:
- {name: A, properties: {id: {is_key: true}}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [b]}}
- {operation: CreateNodeType, arguments: {name: A.b, keys: [id], properties: []}}
- {operation: CreateNodeType, arguments: {name: L, keys: [id], properties: []}}
- {operation: CreateRelationshipType, arguments: {name: L, keys: [], properties: []}}
-- commands --
$ nsmig make
error: the schema no longer has these; for each, say with a flag or in hints.yaml whether it was renamed or dropped:
  node type A.b: --drop 'node type A.b'
  node type L: --drop 'node type L'
  property b of node type A: --drop 'property b of node type A'
  relationship type L: --drop 'relationship type L'
[exit code 1]
$ nsmig make --drop A.b --drop L
error: 'A.b' could mean node type A.b or property b of node type A; say which: --drop 'node type A.b'
[exit code 1]
$ echo 'drop: [L]' > hints.yaml
$ nsmig make --drop 'node type A.b' --drop 'property b of node type A'
error: 'L' could mean node type L or relationship type L; say which: --drop 'node type L'
[exit code 1]
$ rm hints.yaml
$ nsmig make -m x --drop 'node type A.b' --drop 'property b of node type A' --drop 'node type L' --drop 'relationship type L'
Generated migration <time>_x.
The migration contains 4 schema changes.
  - Drop node type A.b
  - Drop node type L
  - Drop property b from node type A
  - Drop relationship L
warning: running this migration deletes the data of what it drops
Migration written to migrations/<time>_x.yaml
Run `nsmig run` to apply the migration.
