The error comes first, then what is kept and what to do. A migration that changed nothing may be edited or removed, or
get a query before it.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
- {operation: RunQuery, arguments: {query: "CREATE (:A {id: '1', p: 'x'})"}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: SetNodePropertyType, arguments: {node_type: A, property_name: p, type: INTEGER}}
-- commands --
$ nsmig run
Executing migrations on target local...
  a: 2 operations in <duration>
error: target 'local': migration 'b', operation 1 of 1: Set type of property p on node type A to INTEGER: nodes hold a value in 'p' that cannot become INTEGER without loss: 1. This operation changed nothing. To see them: MATCH (n:`A`) WHERE id(n) IN [internal_id(1, 0)] RETURN n
  b has changed nothing; migrations applied before it are kept (1 migration). Edit or remove it, or put a query before it that fixes the data; then run `nsmig run` again.
[exit code 1]
$ nsmig show
Migration  local
---------  ----------------------------
a          applied <date>
b          pending
$ sed 's/INTEGER/FLOAT/' -i migrations/b.yaml
$ nsmig run
Executing migrations on target local...
error: target 'local': migration 'b', operation 1 of 1: Set type of property p on node type A to FLOAT: nodes hold a value in 'p' that cannot become FLOAT without loss: 1. This operation changed nothing. To see them: MATCH (n:`A`) WHERE id(n) IN [internal_id(1, 0)] RETURN n
  b has changed nothing. Edit or remove it, or put a query before it that fixes the data; then run `nsmig run` again.
[exit code 1]
$ mv migrations/b.yaml kept && nsmig run; mv kept migrations/b.yaml
Executing migrations on target local...
Target local: nothing to do.
$ printf "name: fixed\ndependencies: [a]\noperations:\n- {operation: RunQuery, arguments: {query: \"MATCH (n:A) SET n.p = '7'\"}}\n" > migrations/a-fixed.yaml
$ sed -i 's/\[a\]/[fixed]/' migrations/b.yaml && nsmig run
Executing migrations on target local...
  fixed: 1 operation in <duration>
  b: 1 operation in <duration>
Target local: 2 migrations applied in <duration>.
$ nsmig show --check
Migration  local
---------  ----------------------------
a          applied <date>
fixed      applied <date>
b          applied <date>
