package turnstone.stream;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.util.Collector;

/**
 * A row of a conversation that is over: its events in order, each once. What comes later makes a
 * row with a higher revision, which stands for all earlier ones of the same time; a look at a
 * session that has learned nothing new makes none.
 */
final class FinishedConversation
    extends ProcessWindowFunction<Moment, RowData, String, TimeWindow> {
  private static final long serialVersionUID = 1L;

  static final String[] COLUMNS = {
    "tenant_id", "conversation_id", "revision", "started_at", "ended_at", "end_said",
    "events", "duplicates", "out_of_order", "turns", "agent_version",
    "event_ids", "event_types", "event_times_ns", "finished_at"
  };

  private static final Comparator<Moment> ORDER =
      Comparator.<Moment>comparingLong(moment -> moment.eventTimeNs)
          .thenComparing(moment -> moment.eventId);

  private final Layout layout;

  /** Revision, then first time, last time and number of events of the row before. */
  private final ValueStateDescriptor<Tuple4<Integer, Long, Long, Integer>> lastRow =
      new ValueStateDescriptor<>(
          "last row", Types.TUPLE(Types.INT, Types.LONG, Types.LONG, Types.INT));

  FinishedConversation(Layout layout) {
    this.layout = layout;
  }

  @Override
  public void process(
      String key, Context context, Iterable<Moment> arrived, Collector<RowData> out)
      throws Exception {
    List<Moment> inOrder = new ArrayList<>();
    Map<String, Moment> known = new HashMap<>();
    int duplicates = 0;
    int outOfOrder = 0;
    long newest = Long.MIN_VALUE;
    for (Moment moment : arrived) {
      if (known.putIfAbsent(moment.eventId, moment) != null) {
        duplicates++;
        continue;
      }
      inOrder.add(moment);
      outOfOrder += moment.eventTimeNs < newest ? 1 : 0;
      newest = Math.max(newest, moment.eventTimeNs);
    }
    inOrder.sort(ORDER);
    long first = inOrder.get(0).eventTimeNs;
    long last = inOrder.get(inOrder.size() - 1).eventTimeNs;

    ValueState<Tuple4<Integer, Long, Long, Integer>> state =
        context.globalState().getState(lastRow);
    Tuple4<Integer, Long, Long, Integer> before = state.value();
    if (before != null && before.f1 == first && before.f2 == last && before.f3 == inOrder.size()) {
      return;
    }
    int revision = before == null ? 1 : before.f0 + 1;
    state.update(Tuple4.of(revision, first, last, inOrder.size()));
    out.collect(row(inOrder, revision, duplicates, outOfOrder));
  }

  private RowData row(List<Moment> inOrder, int revision, int duplicates, int outOfOrder) {
    Moment first = inOrder.get(0);
    Moment last = inOrder.get(inOrder.size() - 1);
    GenericRowData row = layout.emptyRow();
    layout.set(row, 0, StringData.fromString(first.tenantId));
    layout.set(row, 1, StringData.fromString(first.conversationId));
    layout.set(row, 2, revision);
    layout.set(row, 3, EventTime.timestamp(first.eventTimeNs));
    layout.set(row, 4, EventTime.timestamp(last.eventTimeNs));
    layout.set(row, 5, inOrder.stream().anyMatch(m -> m.eventType.equals(ConversationOver.END)));
    layout.set(row, 6, inOrder.size());
    layout.set(row, 7, duplicates);
    layout.set(row, 8, outOfOrder);
    layout.set(row, 9, inOrder.stream().mapToInt(m -> m.turn).max().getAsInt());
    layout.set(row, 10, StringData.fromString(last.agentVersion));
    layout.set(row, 11, list(inOrder, m -> StringData.fromString(m.eventId)));
    layout.set(row, 12, list(inOrder, m -> StringData.fromString(m.eventType)));
    layout.set(row, 13, list(inOrder, m -> m.eventTimeNs));
    layout.set(row, 14, TimestampData.fromEpochMillis(System.currentTimeMillis()));
    return row;
  }

  private static GenericArrayData list(List<Moment> moments, Function<Moment, Object> value) {
    return new GenericArrayData(moments.stream().map(value).toArray());
  }
}
