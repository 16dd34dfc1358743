package turnstone.stream;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.SerializableTable;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.flink.CatalogLoader;
import org.apache.iceberg.flink.sink.RowDataTaskWriterFactory;
import org.apache.iceberg.io.TaskWriter;

/**
 * What one commit of a subtask costs in a table laid out like silver's: {@code LayoutCost <catalog>
 * <warehouse> <table> <rows> <tenants> <types>}.
 *
 * <p>Rows of all tenants and types by turns, as a topic with many conversations under way has
 * them. The first commit is for the compiler; the second is told, as a JSON object.
 */
public final class LayoutCost {
  private static final long TARGET_FILE_BYTES = 512L << 20;
  private static final long START_NS = 1_795_000_000_000_000_000L;
  private static final long STEP_NS = 12_500;
  private static final int GROUPS = 8;

  private LayoutCost() {}

  public static void main(String[] arguments) throws Exception {
    Catalog catalog =
        CatalogLoader.custom(
                "turnstone",
                Map.of("uri", arguments[0], "warehouse", arguments[1], "jdbc.schema-version", "V1"),
                new Configuration(),
                "org.apache.iceberg.jdbc.JdbcCatalog")
            .loadCatalog();
    Table table = catalog.loadTable(TableIdentifier.parse(arguments[2]));
    int rows = Integer.parseInt(arguments[3]);
    int tenants = Integer.parseInt(arguments[4]);
    int types = Integer.parseInt(arguments[5]);
    commit(table, rows, tenants, types);
    System.out.println(commit(table, rows, tenants, types));
  }

  private static String commit(Table table, int rows, int tenants, int types) throws Exception {
    Layout layout = Layout.of(table.name(), table.schema(), Rows.Silver.COLUMNS);
    TenantGroups groups = new TenantGroups(List.of(), GROUPS);
    GenericRowData row = layout.emptyRow();
    long heapBefore = heap();
    long started = cpu();
    TaskWriter<RowData> writer = writer(table, layout);
    for (int i = 0; i < rows; i++) {
      fill(layout, row, i, tenants, types, groups);
      writer.write(row);
    }
    long written = cpu() - started;
    long held = heap() - heapBefore;
    started = cpu();
    DataFile[] files = writer.dataFiles();
    long closed = cpu() - started;
    long bytes = 0;
    for (DataFile file : files) {
      bytes += file.fileSizeInBytes();
    }
    return String.format(
        "{\"files\":%d,\"cpu_us\":%.3f,\"row_bytes\":%.2f,\"held_mb\":%.1f}",
        files.length, (written + closed) / 1e3 / rows, bytes / (double) rows, held / 1e6);
  }

  private static TaskWriter<RowData> writer(Table table, Layout layout) {
    RowDataTaskWriterFactory factory =
        new RowDataTaskWriterFactory(
            SerializableTable.copyOf(table),
            layout.rowType(),
            TARGET_FILE_BYTES,
            FileFormat.PARQUET,
            table.properties(),
            List.of(),
            false);
    factory.initialize(0, 1);
    return factory.create();
  }

  private static void fill(
      Layout layout, GenericRowData row, int i, int tenants, int types, TenantGroups groups) {
    long timeNs = START_NS + i * STEP_NS;
    StringData tenant = text("tenant-" + i * 7919L % tenants);
    String hex = String.format("%016x", i * 0x9E3779B97F4A7C15L);
    TimestampData time = TimestampData.fromEpochMillis(timeNs / 1_000_000);
    Object[] values = {
      text("agent.events"),
      i % 4,
      (long) i,
      time,
      time,
      text("019f0000-" + hex.substring(0, 4) + "-7000-8000-" + hex.substring(4)),
      text("kind_" + i % types),
      1,
      EventTime.timestamp(timeNs),
      timeNs,
      tenant,
      text("conversation-" + i / 50),
      i % 50,
      text("bench-1"),
      text("{}"),
      text(hex + hex),
      text(hex),
      text("{\"cx.content\":\"I would like to return the blue bottle of my last order, " + i + "\"}"),
      groups.of(tenant),
    };
    for (int column = 0; column < values.length; column++) {
      layout.set(row, column, values[column]);
    }
  }

  private static StringData text(String text) {
    return StringData.fromString(text);
  }

  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** Bytes of the heap that are in use, after a collection. */
  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
