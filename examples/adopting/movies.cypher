MATCH (n) DETACH DELETE n;
DROP CONSTRAINT movie_title IF EXISTS;
DROP CONSTRAINT Person_node_key IF EXISTS;
DROP INDEX plots IF EXISTS;
CREATE CONSTRAINT movie_title FOR (m:Movie) REQUIRE m.title IS UNIQUE;
CREATE FULLTEXT INDEX plots FOR (m:Movie) ON EACH [m.tagline];
CREATE (keanu:Person:Actor {name: 'Keanu Reeves', born: 1964})
CREATE (lana:Person {name: 'Lana Wachowski', born: '1965'})
CREATE (matrix:Movie {title: 'The Matrix', released: 1999, tagline: 'Welcome to the Real World'})
CREATE (keanu)-[:ACTED_IN {roles: ['Neo']}]->(matrix)<-[:DIRECTED]-(lana);
