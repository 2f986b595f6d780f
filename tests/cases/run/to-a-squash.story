`--to` a squash whose members have run, all or some.
-- nsmig.yaml --
targets:
  all: {database: ladybug, path: all.lbug}
  none: {database: ladybug, path: none.lbug}
  some: {database: ladybug, path: some.lbug}
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
-- commands --
$ nsmig run -t all --to b 2>&1 | tail -n 1; nsmig run -t some --to a 2>&1 | tail -n 1
Target all: 2 migrations applied in <duration>.
Target some: 1 migration applied in <duration>.
$ nsmig squash --from a --to b --name S | head -n 1
Generated squashed migration S.
$ nsmig run -t all --to S
Executing migrations on target all...
  S: recorded
Target all: nothing to do.
$ nsmig run -t some --to S
Executing migrations on target some...
  b: 1 operation in <duration>
  S: recorded
Target some: 1 migration applied in <duration>.
$ nsmig run -t none --to b
Executing migrations on target none...
error: target 'none': 'b' does not run by itself: the squash 'S' runs in its place; give --to S
[exit code 1]
$ nsmig run -t none --to S
Executing migrations on target none...
  S: 1 operation in <duration>
Target none: 1 migration applied in <duration>.
$ nsmig run -t none --to b
Executing migrations on target none...
Target none: nothing to do.
$ nsmig run -t none 2>&1 | tail -n 1
Target none: 1 migration applied in <duration>.
$ nsmig run -t none --to S
Executing migrations on target none...
error: target 'none': the database is already past 'S': it also has 'c', and `nsmig run` undoes nothing. `nsmig make --revert` writes a migration that does; deleted data comes back only from an archive (`nsmig restore`) or a backup
[exit code 1]
