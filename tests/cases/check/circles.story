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
migrations/h.yaml: error[cycle]: g -> h -> s -> g
  Remove one of these dependencies.
migrations/a.yaml: notice[several-leaves]: 8 migrations are the last of their branch: a, b, c, d, f, g, h, s
  The next `nsmig make` joins them.
9 migrations: 3 errors, 1 notice. nodestream cannot read them.
[exit code 1]
