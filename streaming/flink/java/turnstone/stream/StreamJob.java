package turnstone.stream;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.RowData;

/**
 * The stream job: Kafka to bronze, silver and dead letters, exactly once (spec E5, F1, F2).
 *
 * <pre>
 * topic ─► arrival ─┬─► bronze.events
 *                   ├─► valid, masked ─► by event id ─► first of each ─► silver.events
 *                   └─► invalid ─► silver.dead_letters
 * </pre>
 */
public final class StreamJob {
  /** What it writes. */
  public static final List<String> TABLES = List.of(Lake.BRONZE, Lake.SILVER, Lake.DEAD_LETTERS);

  private StreamJob() {}

  /**
   * Adds the job to an environment.
   *
   * @param specJson The job, as {@link JobSpec#fromJson} reads it.
   */
  public static void define(StreamExecutionEnvironment environment, String specJson)
      throws IOException {
    JobSpec spec = JobSpec.fromJson(specJson);
    Lake lake = new Lake(spec);
    environment.setMaxParallelism(Shards.COUNT);
    DataStream<Arrival> arrivals =
        Sources.arrivals(environment, spec, WatermarkStrategy.noWatermarks());
    lake.append(bronze(arrivals, lake.layout(Lake.BRONZE, Rows.Bronze.COLUMNS), spec), Lake.BRONZE);
    lake.append(silver(arrivals, lake.layout(Lake.SILVER, Rows.Silver.COLUMNS), spec), Lake.SILVER);
    lake.append(
        deadLetters(arrivals, lake.layout(Lake.DEAD_LETTERS, Rows.DeadLetters.COLUMNS)),
        Lake.DEAD_LETTERS);
  }

  private static DataStream<RowData> bronze(
      DataStream<Arrival> arrivals, Layout layout, JobSpec spec) {
    return arrivals
        .flatMap(new Rows.Bronze(layout, spec))
        .returns(layout.typeInfo())
        .name("as it came")
        .uid("bronze rows");
  }

  private static DataStream<RowData> silver(
      DataStream<Arrival> arrivals, Layout layout, JobSpec spec) {
    int idColumn = layout.rowType().getFieldIndex("event_id");
    return arrivals
        .flatMap(new Rows.Silver(layout, spec))
        .returns(layout.typeInfo())
        .name("valid, masked")
        .uid("silver rows")
        .keyBy(new Shards(idColumn))
        .transform(
            "first of each id",
            layout.typeInfo(),
            new Deduplicate(idColumn, spec.stateTtlMs(), spec.rememberedIds()))
        .uid("first of each id");
  }

  private static DataStream<RowData> deadLetters(DataStream<Arrival> arrivals, Layout layout) {
    return arrivals
        .flatMap(new Rows.DeadLetters(layout))
        .returns(layout.typeInfo())
        .name("invalid")
        .uid("dead letter rows");
  }
}
