package turnstone.stream;

import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.util.Collector;

/** What a session keeps of an event: which one, when, and where its record lies. */
public final class Moment {
  static final TypeInformation<Moment> TYPE = TypeInformation.of(Moment.class);

  public String tenantId;
  public String conversationId;
  public String eventId;
  public String eventType;
  public long eventTimeNs;
  public int turn;
  public String agentVersion;
  public int partition;
  public long offset;

  /** One conversation of one tenant: tenants may use the same names. */
  String conversation() {
    return tenantId + "/" + conversationId;
  }

  /** Valid events alone: what is none is the stream job's business. */
  static final class Valid implements FlatMapFunction<Arrival, Moment> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(Arrival arrival, Collector<Moment> out) {
      if (arrival.reason != null) {
        return;
      }
      Moment moment = new Moment();
      moment.tenantId = arrival.tenantId.toString();
      moment.conversationId = arrival.conversationId.toString();
      moment.eventId = arrival.eventId.toString();
      moment.eventType = arrival.eventType.toString();
      moment.eventTimeNs = arrival.eventTimeNs;
      moment.turn = arrival.turn;
      moment.agentVersion = arrival.agentVersion.toString();
      moment.partition = arrival.partition;
      moment.offset = arrival.offset;
      out.collect(moment);
    }
  }

  static final String[] LATE_COLUMNS = {
    "tenant_id", "conversation_id", "event_id", "event_type", "event_time",
    "kafka_partition", "kafka_offset", "noticed_at"
  };

  /** Rows of events that came after their conversation was let go. */
  static final class Late implements MapFunction<Moment, RowData> {
    private static final long serialVersionUID = 1L;

    private final Layout layout;

    Late(Layout layout) {
      this.layout = layout;
    }

    @Override
    public RowData map(Moment moment) {
      GenericRowData row = layout.emptyRow();
      layout.set(row, 0, StringData.fromString(moment.tenantId));
      layout.set(row, 1, StringData.fromString(moment.conversationId));
      layout.set(row, 2, StringData.fromString(moment.eventId));
      layout.set(row, 3, StringData.fromString(moment.eventType));
      layout.set(row, 4, EventTime.timestamp(moment.eventTimeNs));
      layout.set(row, 5, moment.partition);
      layout.set(row, 6, moment.offset);
      layout.set(row, 7, TimestampData.fromEpochMillis(System.currentTimeMillis()));
      return row;
    }
  }
}
