CREATE CONSTRAINT unique_version___Neo4jMigration IF NOT EXISTS FOR (m:__Neo4jMigration) REQUIRE (m.version, m.migrationTarget) IS UNIQUE;
MERGE (:__Neo4jMigration {version: 'BASELINE'})-[:MIGRATED_TO {at: datetime()}]->(:__Neo4jMigration {version: '0001', description: 'people and films', type: 'CYPHER', source: 'V0001__people_and_films.cypher', checksum: '1902097523'});
