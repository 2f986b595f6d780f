import ac.simons.neo4j.migrations.core.Migrations;
import ac.simons.neo4j.migrations.core.MigrationsConfig;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Driver;
import org.neo4j.driver.GraphDatabase;

/** Applies the scripts of a folder with neo4j-migrations: {@code Migrator URI FOLDER}. */
public class Migrator {
    public static void main(String[] arguments) {
        try (Driver driver = GraphDatabase.driver(arguments[0], AuthTokens.none())) {
            MigrationsConfig config = MigrationsConfig.builder().withLocationsToScan("file://" + arguments[1]).build();
            new Migrations(config, driver).apply().ifPresent(version -> System.out.println(version.getValue()));
        }
    }
}
