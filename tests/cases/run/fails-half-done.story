The file of a half-done migration must stay unchanged until it is finished.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
- {operation: AddAdditionalNodePropertyIndex, arguments: {node_type: A, field_name: id}}
- {operation: AddAdditionalNodePropertyIndex, arguments: {node_type: A, field_name: p}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: RunQuery, arguments: {query: "CREATE (:A {id: '1', p: 'x'})"}}
- {operation: SetNodePropertyType, arguments: {node_type: A, property_name: p, type: INTEGER}}
-- commands --
$ nsmig run
Executing migrations on target local...
  a: note: LadybugDB has no secondary indexes; this one is kept only in the schema (2 times)
  a: 3 operations in <duration>
error: target 'local': migration 'b', operation 2 of 2: Set type of property p on node type A to INTEGER: nodes hold a value in 'p' that cannot become INTEGER without loss: 1. This operation changed nothing. To see them: MATCH (n:`A`) WHERE id(n) IN [internal_id(1, 0)] RETURN n
  Completed work is kept. Fix the cause and leave the file unchanged; `nsmig run` then continues where this run stopped. If that is impossible, make the rest of the migration's changes by hand, and record it: nsmig run --fake --to b
[exit code 1]
$ cp migrations/b.yaml kept && sed -i 's/INTEGER/FLOAT/' migrations/b.yaml && nsmig run; mv kept migrations/b.yaml
Executing migrations on target local...
error: target 'local': migration 'b' stopped after 1 operation and its file was edited since; restore the file as it was, run again, and put the change into a new migration; or bring the database to that state by hand, and then record it with nsmig run --fake --to b
$ nsmig run --json | tail -n 1
error: target 'local': migration 'b', operation 2 of 2: Set type of property p on node type A to INTEGER: nodes hold a value in 'p' that cannot become INTEGER without loss: 1. This operation changed nothing. To see them: MATCH (n:`A`) WHERE id(n) IN [internal_id(1, 0)] RETURN n
  Completed work is kept. Fix the cause and leave the file unchanged; `nsmig run` then continues where this run stopped. If that is impossible, make the rest of the migration's changes by hand, and record it: nsmig run --fake --to b
{"target": "local", "event": "failed", "error": "migration 'b', operation 2 of 2: Set type of property p on node type A to INTEGER: nodes hold a value in 'p' that cannot become INTEGER without loss: 1. This operation changed nothing. To see them: MATCH (n:`A`) WHERE id(n) IN [internal_id(1, 0)] RETURN n", "kind": "ConflictError", "facts": {"operation": {"operation": "SetNodePropertyType", "arguments": {"node_type": "A", "property_name": "p", "type": "INTEGER"}}, "problem": "nodes hold a value in 'p' that cannot become INTEGER without loss", "count": 1, "query": "MATCH (n:`A`) WHERE id(n) IN [internal_id(1, 0)] RETURN n", "changed_nothing": true}, "migration": "b", "operation": 2, "of": 2}
$ nsmig run --fake
Executing migrations on target local...
  b: recorded
warning[drift]: target local: node type A has STRING in p, not INTEGER
  If the database is right, change the schema file to match, write the migration with `nsmig make`, and record it with `nsmig run --fake`; else change the values there.
Target local: 1 migration recorded in <duration>.
