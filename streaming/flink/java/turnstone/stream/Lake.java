package turnstone.stream;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.data.RowData;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.DistributionMode;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.flink.CatalogLoader;
import org.apache.iceberg.flink.TableLoader;
import org.apache.iceberg.flink.sink.FlinkSink;

/** The catalog of the tables that the job writes. */
public final class Lake {
  static final String BRONZE = "bronze.events";
  static final String SILVER = "silver.events";
  static final String DEAD_LETTERS = "silver.dead_letters";
  static final String FINISHED = "silver.finished_conversations";
  static final String LATE = "silver.late_events";

  private static final String COMMITTED = "flink.max-committed-checkpoint-id";

  private final CatalogLoader loader;

  Lake(JobSpec spec) {
    loader =
        CatalogLoader.custom(
            spec.catalogName(),
            Map.of(
                "uri", spec.catalogUri(),
                "warehouse", spec.warehouse(),
                "jdbc.schema-version", "V1"),
            new Configuration(),
            "org.apache.iceberg.jdbc.JdbcCatalog");
  }

  /** Where a job's columns are in a table. */
  Layout layout(String name, String... columns) throws IOException {
    TableLoader table = table(name);
    table.open();
    try (table) {
      return Layout.of(name, table.loadTable().schema(), columns);
    }
  }

  /**
   * Appends rows to a table, exactly once. They stay on the subtask that has them: a shuffle costs
   * more than a second file.
   */
  void append(DataStream<RowData> rows, String name) {
    FlinkSink.forRowData(rows)
        .tableLoader(table(name))
        .distributionMode(DistributionMode.NONE)
        .uidPrefix(name)
        .append();
  }

  private TableLoader table(String name) {
    return TableLoader.fromCatalog(loader, TableIdentifier.parse(name));
  }

  /**
   * By table the number of the checkpoint whose rows it got last; without tables that have none.
   *
   * @param specJson The job, as {@link JobSpec#fromJson} reads it.
   */
  public static Map<String, Long> committed(String specJson, List<String> tables)
      throws IOException {
    Catalog catalog = new Lake(JobSpec.fromJson(specJson)).loader.loadCatalog();
    try {
      Map<String, Long> numbers = new TreeMap<>();
      for (String name : tables) {
        Long number = committed(catalog.loadTable(TableIdentifier.parse(name)));
        if (number != null) {
          numbers.put(name, number);
        }
      }
      return numbers;
    } finally {
      if (catalog instanceof Closeable closeable) {
        closeable.close();
      }
    }
  }

  private static Long committed(Table table) {
    Snapshot snapshot = table.currentSnapshot();
    while (snapshot != null) {
      String number = snapshot.summary().get(COMMITTED);
      if (number != null) {
        return Long.valueOf(number);
      }
      snapshot = snapshot.parentId() == null ? null : table.snapshot(snapshot.parentId());
    }
    return null;
  }
}
