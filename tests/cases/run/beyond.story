A run that should stop before the target's state, and one on another branch.
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
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: x}}
-- migrations/c.yaml --
name: c
dependencies: [b]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: y}}
-- migrations/other.yaml --
name: other
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: z}}
-- commands --
$ nsmig run
Executing migrations on target local...
  a: 1 operation in <duration>
  b: 1 operation in <duration>
  c: 1 operation in <duration>
  other: 1 operation in <duration>
Target local: 4 migrations applied in <duration>.
$ nsmig run --to a
Executing migrations on target local...
error: target 'local': the database is already past 'a': it also has 'b', 'c', 'other', and `nsmig run` undoes nothing. `nsmig make --revert` writes a migration that does; deleted data comes back only from an archive (`nsmig restore`) or a backup
[exit code 1]
$ nsmig run --to b
Executing migrations on target local...
error: target 'local': the database is already past 'b': it also has 'c', and `nsmig run` undoes nothing. `nsmig make --revert` writes a migration that does; deleted data comes back only from an archive (`nsmig restore`) or a backup
[exit code 1]
$ nsmig run --to other
Executing migrations on target local...
Target local: nothing to do.
$ nsmig run --to c
Executing migrations on target local...
Target local: nothing to do.
