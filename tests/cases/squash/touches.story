Operations on other types cross a query that declares which types it touches; a missing type is an error in the file.
-- nsmig.yaml --
schema: null
targets: {local: {database: ladybug, path: graph.lbug}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: Person, keys: [id], properties: [name]}}
- {operation: CreateNodeType, arguments: {name: Firm, keys: [vat], properties: [town]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: RenameNodeProperty, arguments: {node_type: Firm, old_property_name: town, new_property_name: place}}
- operation: RunQuery
  arguments:
    query: "MATCH (n:Person) SET n.name = trim(n.name)"
    touches: {nodes: [Person]}
- {operation: RenameNodeProperty, arguments: {node_type: Firm, old_property_name: place, new_property_name: city}}
-- commands --
$ nsmig check && nsmig squash --from b --name short --verbose && cat migrations/short.yaml
2 migrations: nothing found.
Generated squashed migration short.
It replaces 1 migration; 3 operations became 2.
Kept (touches), 1 operation: a query touches Person, so operations on it keep their order; 0 operations more because of it
  - Run a query: MATCH (n:Person) SET n.name = trim(n.name)
docs/squash.md explains each of these.
Migration written to migrations/short.yaml
Keep the files it replaces until every database has run them or the squash.
dependencies:
- a
name: short
operations:
- arguments:
    new_property_name: city
    node_type: Firm
    old_property_name: town
  operation: RenameNodeProperty
- arguments:
    query: MATCH (n:Person) SET n.name = trim(n.name)
    touches:
      nodes:
      - Person
  operation: RunQuery
replaces:
- b
$ nsmig run && rm migrations/short.yaml
Executing migrations on target local...
  a: 2 operations in <duration>
  short: 2 operations in <duration>
Target local: 2 migrations applied in <duration>.
$ sed -i 's/nodes: .Person./nodes: [Human]/' migrations/b.yaml; nsmig check
migrations/b.yaml:5: error[not-applicable]: Run a query: node type 'Human' does not exist at this point of the history
  Edit or remove the operation, or add the one that must come before it.
2 migrations: 1 error.
[exit code 1]
$ sed -i 's/touches: .*/touches: {nodes: []}/' migrations/b.yaml; nsmig check
migrations/b.yaml:8: error[unreadable]: touches of RunQuery names no type; leave it out if the query may touch all types
  Fix the file.
1 migration: 1 error.
[exit code 1]
$ sed -i 's/touches: .*/touches: {node: [Person]}/' migrations/b.yaml; nsmig check
migrations/b.yaml:8: error[unreadable]: touches of RunQuery has no key 'node'; it has nodes, relationships
  Fix the file.
1 migration: 1 error.
[exit code 1]
$ sed -i 's/touches: .*/touches: {nodes: Person}/' migrations/b.yaml; nsmig check
migrations/b.yaml:8: error[unreadable]: nodes of touches of RunQuery must be a list or a !!set of strings, not the string 'Person'; write [Person]
  Fix the file.
1 migration: 1 error.
[exit code 1]
$ sed -i 's/touches: .*/touches: all/' migrations/b.yaml; nsmig check
migrations/b.yaml:8: error[unreadable]: touches of RunQuery must be a mapping, not the string 'all'
  Fix the file.
1 migration: 1 error.
[exit code 1]
$ sed -i '/touches: /d' migrations/b.yaml; nsmig check; nsmig show
2 migrations: nothing found.
Migration  local
---------  -----------------------------------------------
a          applied <date>
b          applied <date>
short      applied <date>, unknown (no file)
