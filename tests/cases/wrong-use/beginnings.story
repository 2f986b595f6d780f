A unique beginning of a migration's name is enough; an exact name wins over longer ones; two that fit are both shown.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
schema: null
-- migrations/20240101_a.yaml --
name: 20240101_a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- migrations/20240101_ab.yaml --
name: 20240101_ab
dependencies: [20240101_a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- migrations/20240601_c.yaml --
name: 20240601_c
dependencies: [20240101_ab]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: q}}
-- commands --
$ nsmig run --to 2024
error: '2024' is ambiguous; it could mean '20240101_a', '20240101_ab', '20240601_c'; give a longer beginning
[exit code 1]
$ nsmig run --to 20240101_a
Executing migrations on target local...
  20240101_a: 1 operation in <duration>
Target local: 1 migration applied in <duration>.
$ nsmig run --fake --to 20240101_ab
Executing migrations on target local...
  20240101_ab: recorded
warning[drift]: target local: node type A has no property p
  To fix it: ALTER TABLE `A` ADD `p` STRING; COMMENT ON TABLE `A` IS '{"keys": ["id"], "indexes": [], "untyped": ["id", "p"]}'
Target local: 1 migration recorded in <duration>.
$ nsmig run --to 202406
--to 202406 is 20240601_c.
Executing migrations on target local...
  20240601_c: 1 operation in <duration>
Target local: 1 migration applied in <duration>.
$ nsmig schema --from 20240101_ab --to 202406
- arguments:
    default: null
    node_type: A
    property_name: q
  operation: AddNodeProperty
$ nsmig schema --at 20240101_
error: '20240101_' is ambiguous; it could mean '20240101_a', '20240101_ab'; give a longer beginning
[exit code 1]
$ nsmig schema --at ''
error: no migration is named ''; `nsmig show` lists them
[exit code 1]
$ nsmig squash --from 20240101_ab --to 202406 --dry-run | head -n 2
Would generate squashed migration squash_from_20240101_ab_to_20240601_c.
It replaces 2 migrations; it saves none of 2 operations.
