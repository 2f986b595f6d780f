Change the database back, or write the change as a migration.
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
-- commands --
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ python -c "import ladybug; ladybug.Connection(ladybug.Database('graph.lbug')).execute('ALTER TABLE A ADD extra INT64')"
$ nsmig check -t local
warning[drift]: target local: node type A has the property extra, which no migration makes
  To keep it, put it into the schema file (`nsmig inspect` prints it), write the migration with `nsmig make`, and record that with `nsmig run --fake`.
1 migration: 1 warning.
[exit code 3]
$ cp graph.lbug saved.lbug
$ python -c "import ladybug; ladybug.Connection(ladybug.Database('graph.lbug')).execute('ALTER TABLE A DROP extra')"
$ nsmig check -t local
1 migration: nothing found.
$ mv saved.lbug graph.lbug
$ sed -i 's/p: }/p: , extra: INTEGER}/' schema.yaml && nsmig make -m extra | head -n 1
Generated migration <time>_extra.
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ nsmig check -t local
2 migrations: nothing found.
