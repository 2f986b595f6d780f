With many targets a symbol shows the state on each; those that have every migration need no column.
-- nsmig.yaml --
targets:
  berlin: {database: ladybug, path: berlin.lbug}
  europe-west-1: {database: ladybug, path: europe-west-1.lbug}
  local: {database: ladybug, path: local.lbug}
  production: {database: ladybug, path: production.lbug}
  staging: {database: ladybug, path: staging.lbug}
  testing: {database: ladybug, path: testing.lbug}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: , x: , y: , z: }
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
-- migrations/d.yaml --
name: d
dependencies: [c]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: z}}
-- commands --
$ nsmig run -t berlin -t testing 2>&1 | grep Target
Target berlin: 4 migrations applied in <duration>.
Target testing: 4 migrations applied in <duration>.
$ nsmig squash --from b --to c --name s
Generated squashed migration s.
It replaces 2 migrations; it saves none of 2 operations.
Migration written to migrations/s.yaml
Keep the files it replaces until every database has run them or the squash.
$ nsmig run -t local --to a 2>&1 | grep Target
Target local: 1 migration applied in <duration>.
$ nsmig run -t production 2>&1 | grep Target
Target production: 3 migrations applied in <duration>.
$ nsmig run -t staging --to d 2>&1 | grep Target
Target staging: 3 migrations applied in <duration>.
$ sed -i 's/\[p\]/[p, q]/' migrations/a.yaml
$ nsmig run -t europe-west-1 2>&1 | grep Target
Target europe-west-1: 3 migrations applied in <duration>.
$ nsmig show
Migration        berlin  local  production  staging  testing
---------------  ------  -----  ----------  -------  -------
a                ~       ~      ~           ~        ~
b                +       =      +           +        +
c                +       =      +           +        +
s (squash of 2)  =       -      +           +        =
d                +       -      +           +        +
+ applied, ~ edited since, - pending, = covered by a squash or by its members
in words, with times: --all, or one --target
have all: europe-west-1
$ nsmig show -t europe-west-1 -t local --all
Migration        europe-west-1                 local
---------------  ----------------------------  ------------------------------------------
a                applied <date>  applied <date>, edited since
b                applied <date>  covered by s
c                applied <date>  covered by s
s (squash of 2)  applied <date>  pending
d                applied <date>  pending
europe-west-1: these keys have no index yet; `nsmig run` creates it, or:
  CREATE HASH INDEX `_PK` FOR (n:`A`) ON (n.`id`);
local: these keys have no index yet; `nsmig run` creates it, or:
  CREATE HASH INDEX `_PK` FOR (n:`A`) ON (n.`id`);
$ nsmig show -t europe-west-1
Migration        europe-west-1
---------------  ----------------------------
a                applied <date>
b                applied <date>
c                applied <date>
s (squash of 2)  applied <date>
d                applied <date>
$ nsmig show --json -t local | grep -A 1 covered
          "state": "covered",
          "by": "s"
--
          "state": "covered",
          "by": "s"
