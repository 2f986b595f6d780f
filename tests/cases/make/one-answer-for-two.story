An answer that fits two things that are gone is refused; as questions call a thing it is told from all others.
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
error: gone from the schema; say of each, by a flag or in hints.yaml, whether it was renamed or is to be dropped:
  node type A.b: --drop 'node type A.b'
  node type L: --drop 'node type L'
  property b of node type A: --drop 'property b of node type A'
  relationship type L: --drop 'relationship type L'
[exit code 1]
$ nsmig make --drop A.b --drop L
error: 'A.b' fits node type A.b and property b of node type A, which are all gone; say which: --drop 'node type A.b'
[exit code 1]
$ echo 'drop: [L]' > hints.yaml
$ nsmig make --drop 'node type A.b' --drop 'property b of node type A'
error: 'L' fits node type L and relationship type L, which are all gone; say which: --drop 'node type L'
[exit code 1]
$ rm hints.yaml
$ nsmig make -m x --drop 'node type A.b' --drop 'property b of node type A' --drop 'node type L' --drop 'relationship type L'
Generated migration <time>_x.
The migration contains 4 schema changes.
  - Drop node type A.b
  - Drop node type L
  - Drop property b from node type A
  - Drop relationship L
warning: running it deletes what it drops, with the data
Migration written to migrations/<time>_x.yaml
Run `nsmig run` to apply the migration.
