package turnstone.stream;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;

/** Runs one statement of Flink SQL with the function, in this process, and prints a row a line. */
final class BucketInSql {
  private BucketInSql() {}

  public static void main(String[] arguments) throws Exception {
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inBatchMode());
    tables.executeSql("create temporary function bucket as 'turnstone.stream.Bucket'");
    String statement = Files.readString(Path.of(arguments[0]));
    tables.executeSql(statement).collect().forEachRemaining(BucketInSql::print);
  }

  private static void print(Row row) {
    System.out.println(row.getField(0) + "\t" + row.getField(1));
  }
}
