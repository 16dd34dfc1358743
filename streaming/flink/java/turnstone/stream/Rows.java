package turnstone.stream;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.util.Collector;

/**
 * Rows of the tables out of arrivals. One row is filled again and again: the writer behind it, or
 * the wire to it, takes what it needs at once.
 */
abstract class Rows extends RichFlatMapFunction<Arrival, RowData> {
  private static final long serialVersionUID = 1L;

  final Layout layout;
  transient GenericRowData row;
  private transient String topicName;
  private transient StringData topic;

  Rows(Layout layout) {
    this.layout = layout;
  }

  @Override
  public void open(OpenContext context) {
    row = layout.emptyRow();
  }

  void set(int column, Object value) {
    layout.set(row, column, value);
  }

  /** Topic, partition, offset, broker time and reading time, from a column on. */
  void setCoordinates(int from, Arrival arrival) {
    if (!arrival.topic.equals(topicName)) {
      topicName = arrival.topic;
      topic = StringData.fromString(topicName);
    }
    set(from, topic);
    set(from + 1, arrival.partition);
    set(from + 2, arrival.offset);
    set(from + 3, TimestampData.fromEpochMillis(arrival.brokerTimeMs));
    set(from + 4, TimestampData.fromEpochMillis(arrival.readAtMs));
  }

  /** Every record as it came (F1). */
  static final class Bronze extends Rows {
    private static final long serialVersionUID = 1L;
    static final String[] COLUMNS = {
      "topic", "kafka_partition", "kafka_offset", "broker_time", "ingested_at",
      "record_key", "record_value", "headers",
      "event_id", "event_type", "tenant_id", "conversation_id", "tenant_group"
    };

    private final JobSpec spec;
    private transient TenantGroups groups;

    Bronze(Layout layout, JobSpec spec) {
      super(layout);
      this.spec = spec;
    }

    @Override
    public void open(OpenContext context) {
      super.open(context);
      groups = new TenantGroups(spec.bigTenants(), spec.smallTenantGroups());
    }

    @Override
    public void flatMap(Arrival arrival, Collector<RowData> out) {
      setCoordinates(0, arrival);
      set(5, arrival.key);
      set(6, arrival.value);
      set(7, arrival.headers.text());
      set(8, arrival.eventId);
      set(9, arrival.eventType);
      set(10, arrival.tenantId);
      set(11, arrival.conversationId);
      set(12, groups.of(arrival.tenantId));
      out.collect(row);
    }
  }

  /** Every valid event, masked (F2). */
  static final class Silver extends Rows {
    private static final long serialVersionUID = 1L;
    static final String[] COLUMNS = {
      "topic", "kafka_partition", "kafka_offset", "broker_time", "ingested_at",
      "event_id", "event_type", "schema_version", "event_time", "event_time_ns",
      "tenant_id", "conversation_id", "turn", "agent_version", "experiments",
      "trace_id", "span_id", "payload", "tenant_group"
    };

    private final JobSpec spec;
    private transient TenantGroups groups;
    private transient PersonalData personalData;

    Silver(Layout layout, JobSpec spec) {
      super(layout);
      this.spec = spec;
    }

    @Override
    public void open(OpenContext context) {
      super.open(context);
      groups = new TenantGroups(spec.bigTenants(), spec.smallTenantGroups());
      personalData = new PersonalData(spec.masks(), spec.anyNumber());
    }

    @Override
    public void flatMap(Arrival arrival, Collector<RowData> out) {
      if (arrival.reason != null) {
        return;
      }
      setCoordinates(0, arrival);
      set(5, arrival.eventId);
      set(6, arrival.eventType);
      set(7, arrival.schemaVersion);
      set(8, EventTime.timestamp(arrival.eventTimeNs));
      set(9, arrival.eventTimeNs);
      set(10, arrival.tenantId);
      set(11, arrival.conversationId);
      set(12, arrival.turn);
      set(13, arrival.agentVersion);
      set(14, arrival.experiments);
      set(15, arrival.traceId);
      set(16, arrival.spanId);
      set(17, personalData.masked(arrival.value));
      set(18, groups.of(arrival.tenantId));
      out.collect(row);
    }
  }

  /** Every record that is no valid event, with the reason and all that a replay needs (F2). */
  static final class DeadLetters extends Rows {
    private static final long serialVersionUID = 1L;
    static final String[] COLUMNS = {
      "topic", "kafka_partition", "kafka_offset", "broker_time", "ingested_at",
      "reason", "record_key", "record_value", "headers"
    };

    DeadLetters(Layout layout) {
      super(layout);
    }

    @Override
    public void flatMap(Arrival arrival, Collector<RowData> out) {
      if (arrival.reason == null) {
        return;
      }
      setCoordinates(0, arrival);
      set(5, StringData.fromString(arrival.reason));
      set(6, arrival.key);
      set(7, arrival.value);
      set(8, arrival.headers.text());
      out.collect(row);
    }
  }
}
