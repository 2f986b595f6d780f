Give the new migration another name.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/s.yaml --
name: s
dependencies: []
replaces: [a]
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- migrations/a.yaml --
name: a
dependencies: [s]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- commands --
$ nsmig check
migrations/a.yaml:1: error[name-taken]: 'a' is the name of a migration that squash 's' replaces, and comes after it (a -> s -> a)
  If it is a new migration, give it another name: where the squash is applied, this one counts as applied, too. If it is the one replaced, restore its dependencies.
2 migrations: 1 error.
[exit code 1]
$ mv migrations/a.yaml migrations/b.yaml && sed -i 's/^name: a/name: b/' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
$ nsmig run 2>&1 | tail -n 1
Target local: 2 migrations applied in <duration>.
$ nsmig check -t local
2 migrations: nothing found.
