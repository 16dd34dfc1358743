package turnstone.stream;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.util.Collector;

/**
 * What a new event id costs while the remembered ones grow in number: {@code DedupeCurve <chunks |
 * entries> <events> <events a step> <folder>}.
 *
 * <p>Ids are of a stream of 80,000 events a second; every thousandth one is a repetition of any
 * earlier one. RocksDB, two subtasks, a checkpoint every 10 s. Writes one JSON object a step.
 */
public final class DedupeCurve {
  private static final long START_MS = 1_790_000_000_000L;
  private static final int PER_MS = 80;
  private static final int REPEATED_EVERY = 1_000;
  private static final Duration TTL = Duration.ofDays(7);

  private static final AtomicLong PASSED = new AtomicLong();
  private static final AtomicLong SEEN = new AtomicLong();
  private static long lastNs;
  private static long lastCpuNs;

  private DedupeCurve() {}

  public static void main(String[] arguments) throws Exception {
    boolean chunks = arguments[0].equals("chunks");
    long events = Long.parseLong(arguments[1]);
    long step = Long.parseLong(arguments[2]);
    StreamExecutionEnvironment environment =
        new StreamExecutionEnvironment(configuration(Path.of(arguments[3])));
    environment.setMaxParallelism(Shards.COUNT);
    InternalTypeInfo<RowData> type = InternalTypeInfo.of(RowType.of(new VarCharType(36)));
    DataStream<RowData> rows =
        environment.fromSequence(0, events - 1).map(new Ids()).returns(type);
    DataStream<RowData> first =
        chunks
            ? rows.keyBy(new Shards(0))
                .transform("first", type, new Deduplicate(0, TTL.toMillis(), 2_000_000))
            : rows.keyBy(row -> row.getString(0).toString()).flatMap(new EntryPerId()).returns(type);
    rows.flatMap(new Steps(step, Path.of(arguments[3]).toFile())).returns(Long.class)
        .sinkTo(new DiscardingSink<>());
    first.map(row -> PASSED.incrementAndGet()).returns(Long.class).sinkTo(new DiscardingSink<>());
    lastNs = System.nanoTime();
    lastCpuNs = cpuNs();
    environment.execute();
    long expected = events - (events - 1) / REPEATED_EVERY;
    System.out.printf("{\"passed\": %d, \"expected\": %d}%n", PASSED.get(), expected);
  }

  private static Configuration configuration(Path folder) {
    Configuration configuration = new Configuration();
    configuration.setString("execution.target", "local");
    configuration.setString("execution.attached", "true");
    configuration.setString("parallelism.default", "2");
    configuration.setString("state.backend.type", "rocksdb");
    configuration.setString("state.backend.rocksdb.use-bloom-filter", "true");
    configuration.setString("execution.checkpointing.incremental", "true");
    configuration.setString("execution.checkpointing.interval", "10 s");
    configuration.setString("execution.checkpointing.dir", folder.resolve("checkpoints").toUri().toString());
    configuration.setString("io.tmp.dirs", folder.toString());
    configuration.setString("pipeline.object-reuse", "true");
    configuration.setString("taskmanager.memory.managed.size", "512m");
    configuration.setString("rest.bind-port", "0");
    configuration.setString("rest.port", "0");
    return configuration;
  }

  private static long cpuNs() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  /** The id of an event by its number. */
  private static final class Ids implements MapFunction<Long, RowData> {
    private static final long serialVersionUID = 1L;

    @Override
    public RowData map(Long number) {
      boolean repeated = number > 0 && number % REPEATED_EVERY == 0;
      return GenericRowData.of(StringData.fromBytes(id(repeated ? earlier(number) : number)));
    }

    private static long earlier(long number) {
      long other = (mixed(number) >>> 1) % number;
      return other % REPEATED_EVERY == 0 ? other + 1 : other;
    }

    private static byte[] id(long number) {
      HexFormat hex = HexFormat.of();
      String ms = hex.toHexDigits(START_MS + number / PER_MS, 12);
      long a = mixed(number) & 0xFFF;
      long b = mixed(~number) & 0x3FFFFFFFFFFFFFFFL | 0x8000000000000000L;
      String low = hex.toHexDigits(b);
      String text =
          ms.substring(0, 8) + "-" + ms.substring(8) + "-7" + hex.toHexDigits(a, 3) + "-"
              + low.substring(0, 4) + "-" + low.substring(4);
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Source: splitmix64, Steele, Lea and Flood 2014. */
    private static long mixed(long number) {
      long z = number + 0x9E3779B97F4A7C15L;
      z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
      z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
      return z ^ z >>> 31;
    }
  }

  /** One entry of the state backend for each id, as SQL's {@code row_number()} keeps it. */
  private static final class EntryPerId extends RichFlatMapFunction<RowData, RowData> {
    private static final long serialVersionUID = 1L;

    private transient ValueState<Boolean> seen;

    @Override
    public void open(OpenContext context) {
      ValueStateDescriptor<Boolean> descriptor = new ValueStateDescriptor<>("seen", Boolean.class);
      descriptor.enableTimeToLive(StateTtlConfig.newBuilder(TTL).build());
      seen = getRuntimeContext().getState(descriptor);
    }

    @Override
    public void flatMap(RowData row, Collector<RowData> out) throws Exception {
      if (seen.value() == null) {
        seen.update(true);
        out.collect(row);
      }
    }
  }

  /** Tells time and CPU at every step of the way. */
  private static final class Steps implements FlatMapFunction<RowData, Long> {
    private static final long serialVersionUID = 1L;

    private final long step;
    private final File folder;

    Steps(long step, File folder) {
      this.step = step;
      this.folder = folder;
    }

    @Override
    public void flatMap(RowData row, Collector<Long> out) {
      long seen = SEEN.incrementAndGet();
      if (seen % step == 0) {
        told(seen);
      }
    }

    private void told(long seen) {
      synchronized (DedupeCurve.class) {
        long atNs = System.nanoTime();
        long atCpuNs = cpuNs();
        System.out.printf(
            "{\"ids\": %d, \"seconds\": %.3f, \"cpu_us\": %.3f, \"disk_mb\": %.0f}%n",
            seen,
            (atNs - lastNs) / 1e9,
            (atCpuNs - lastCpuNs) / 1e3 / step,
            sizeOf(folder) / 1e6);
        System.out.flush();
        lastNs = atNs;
        lastCpuNs = atCpuNs;
      }
    }

    private static long sizeOf(File file) {
      File[] inside = file.listFiles();
      long size = file.length();
      if (inside != null) {
        for (File one : inside) {
          size += sizeOf(one);
        }
      }
      return size;
    }
  }
}
