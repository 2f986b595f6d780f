Three circles: of three, of two, and one through a squash, which comes after what it replaces.
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
-- migrations/b.yaml --
name: b
dependencies: [c]
operations: []
-- migrations/c.yaml --
name: c
dependencies: [d]
operations: []
-- migrations/d.yaml --
name: d
dependencies: [b]
operations: []
-- migrations/e.yaml --
name: e
dependencies: [f]
operations: []
-- migrations/f.yaml --
name: f
dependencies: [e]
operations: []
-- migrations/g.yaml --
name: g
dependencies: [s]
operations: []
-- migrations/h.yaml --
name: h
dependencies: [g]
operations: []
-- migrations/s.yaml --
name: s
dependencies: [a]
replaces: [h]
operations: []
-- commands --
$ nsmig check --ignore out-of-date
migrations/d.yaml: error[cycle]: b -> d -> c -> b
  Remove one of these dependencies.
migrations/f.yaml: error[cycle]: e -> f -> e
  Remove one of these dependencies.
migrations/h.yaml:1: error[name-taken]: 'h' is the name of a migration that squash 's' replaces, and comes after it (g -> h -> s -> g)
  If it is a new migration, give it another name: where the squash is applied, this one counts as applied, too. If it is the one replaced, restore its dependencies.
9 migrations: 3 errors.
[exit code 1]
