Kept operations are reported with the reason; a promise avoids it.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
- {operation: CreateNodeType, arguments: {name: B, keys: [id], properties: [p, r]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: RenameNodeProperty, arguments: {node_type: B, old_property_name: p, new_property_name: t}}
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: p, new_property_name: q}}
-- migrations/c.yaml --
name: c
dependencies: [b]
operations:
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: q, new_property_name: s}}
- {operation: RenameNodeProperty, arguments: {node_type: B, old_property_name: t, new_property_name: u}}
-- commands --
$ nsmig squash --from b --dry-run
Would generate squashed migration squash_from_b.
It replaces 2 migrations; it saves none of 4 operations.
Kept (entangled), 4 operations: a node may be both B and A, and the values of p then depend on both
If no node carries two of these types, --single-label squashes them as well.
docs/squash.md explains each of these; --verbose lists the operations.
dependencies:
- a
name: squash_from_b
operations:
- arguments:
    new_property_name: t
    node_type: B
    old_property_name: p
  operation: RenameNodeProperty
- arguments:
    new_property_name: q
    node_type: A
    old_property_name: p
  operation: RenameNodeProperty
- arguments:
    new_property_name: s
    node_type: A
    old_property_name: q
  operation: RenameNodeProperty
- arguments:
    new_property_name: u
    node_type: B
    old_property_name: t
  operation: RenameNodeProperty
replaces:
- b
- c
$ nsmig squash --from b --dry-run --single-label
Would generate squashed migration squash_from_b.
It replaces 2 migrations; 4 operations became 2.
dependencies:
- a
name: squash_from_b
operations:
- arguments:
    new_property_name: s
    node_type: A
    old_property_name: p
  operation: RenameNodeProperty
- arguments:
    new_property_name: u
    node_type: B
    old_property_name: p
  operation: RenameNodeProperty
replaces:
- b
- c
$ ls migrations
a.yaml
b.yaml
c.yaml
