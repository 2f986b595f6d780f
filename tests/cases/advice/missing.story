Restore that file.
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
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- new/s.yaml --
name: s
dependencies: []
replaces: [a, b]
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig run --to a 2>&1 | tail -n 1; mv migrations/b.yaml old.yaml; cp new/s.yaml migrations
Target local: 1 migration applied in <duration>.
$ nsmig check -t local --ignore members-gone
error[missing]: target local: some of the migrations that squash 's' replaces are applied and some are not, so 'b' must run, but it is in no file
  Restore that file; until then no run can work on this target.
2 migrations: 1 error (1 ignored).
[exit code 1]
$ mv old.yaml migrations/b.yaml
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ nsmig check -t local
3 migrations: nothing found.
