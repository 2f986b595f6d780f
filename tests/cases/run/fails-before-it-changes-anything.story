The fault comes first, then what stays and what to do. A migration that changed nothing may be edited or removed, or a query put before it.
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
error: target 'local': migration 'b', operation 1 of 1: SetNodePropertyType(node_type='A', property_name='p', type='INTEGER'): nodes hold a value in 'p' that cannot become INTEGER without loss: 1. Nothing was changed by this operation. To see them: MATCH (n:`A`) WHERE n.`p` IS NOT NULL AND NOT regexp_full_match(n.`p`, '[+-]?[0-9]{1,18}') AND NOT (regexp_full_match(n.`p`, '[+-]?[0-9]+') AND (size(regexp_replace(n.`p`, '^[+-]?0*', '')) < 19 OR (size(regexp_replace(n.`p`, '^[+-]?0*', '')) = 19 AND regexp_replace(n.`p`, '^[+-]?0*', '') <= CASE WHEN n.`p` STARTS WITH '-' THEN '<time>75808' ELSE '<time>75807' END))) RETURN n LIMIT 25
  b has changed nothing; what was applied before it stays (1 migration). It may be edited or removed, or a query put before it that mends the data; then `nsmig run` goes on.
[exit code 1]
$ nsmig show
Migration  local
---------  ----------------------------
a          applied <date>
b          pending
$ sed 's/INTEGER/FLOAT/' -i migrations/b.yaml
$ nsmig run
Executing migrations on target local...
error: target 'local': migration 'b', operation 1 of 1: SetNodePropertyType(node_type='A', property_name='p', type='FLOAT'): nodes hold a value in 'p' that cannot become FLOAT without loss: 1. Nothing was changed by this operation. To see them: MATCH (n:`A`) WHERE n.`p` IS NOT NULL AND NOT regexp_full_match(n.`p`, '-?[0-9]{1,18}([.][0-9]{1,18})?') AND NOT (regexp_full_match(n.`p`, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?') AND abs(cast(regexp_replace(CASE WHEN regexp_full_match(n.`p`, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?') THEN n.`p` ELSE '0' END, '^[+]?(-?)0*([0-9]|[.][0-9])', '\\1\\2'), 'DOUBLE')) < cast('inf', 'DOUBLE')) RETURN n LIMIT 25
  b has changed nothing. It may be edited or removed, or a query put before it that mends the data; then `nsmig run` goes on.
[exit code 1]
$ mv migrations/b.yaml kept && nsmig run; mv kept migrations/b.yaml
Executing migrations on target local...
Target local: nothing to do.
$ printf "name: mended\ndependencies: [a]\noperations:\n- {operation: RunQuery, arguments: {query: \"MATCH (n:A) SET n.p = '7'\"}}\n" > migrations/a-mended.yaml
$ sed -i 's/\[a\]/[mended]/' migrations/b.yaml && nsmig run
Executing migrations on target local...
  mended: 1 operation in <duration>
  b: 1 operation in <duration>
Target local: 2 migrations applied in <duration>.
$ nsmig show --check
Migration  local
---------  ----------------------------
a          applied <date>
mended     applied <date>
b          applied <date>
