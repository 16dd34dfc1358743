package turnstone.stream;

import java.io.IOException;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.OutputTag;

/**
 * The session job: the events of a conversation in the order in which they happened, whatever
 * partitions they came through and however late, as one row when the conversation is over (E4).
 *
 * <pre>
 * topic ─► valid ─► by conversation ─► session window ─┬─► silver.finished_conversations
 *                                                      └─► silver.late_events
 * </pre>
 */
public final class SessionJob {
  private SessionJob() {}

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
    Layout finished = lake.layout(Lake.FINISHED, FinishedConversation.COLUMNS);
    Layout late = lake.layout(Lake.LATE, Moment.LATE_COLUMNS);
    OutputTag<Moment> tooLate = new OutputTag<>("too late", Moment.TYPE);

    SingleOutputStreamOperator<RowData> rows =
        Sources.arrivals(environment, spec, watermarks(spec))
            .flatMap(new Moment.Valid())
            .returns(Moment.TYPE)
            .name("valid")
            .uid("moments")
            .keyBy(Moment::conversation)
            .window(EventTimeSessionWindows.withGap(Duration.ofMillis(spec.sessionGapMs())))
            .trigger(new ConversationOver())
            .allowedLateness(Duration.ofMillis(spec.sessionLatenessMs()))
            .sideOutputLateData(tooLate)
            .process(new FinishedConversation(finished), finished.typeInfo())
            .name("conversation over")
            .uid("sessions");
    lake.append(rows, Lake.FINISHED);
    DataStream<RowData> lateRows =
        rows.getSideOutput(tooLate)
            .map(new Moment.Late(late))
            .returns(late.typeInfo())
            .name("too late")
            .uid("late rows");
    lake.append(lateRows, Lake.LATE);
  }

  /**
   * Each partition's clock is its newest event's time, less the disorder that is waited for. A
   * partition with nothing new for a while holds nobody back, and an event that claims to be of
   * the future moves the clock to now at most.
   */
  private static WatermarkStrategy<Arrival> watermarks(JobSpec spec) {
    return WatermarkStrategy.<Arrival>forBoundedOutOfOrderness(
            Duration.ofMillis(spec.sessionDisorderMs()))
        .withTimestampAssigner(
            (arrival, brokerTime) ->
                arrival.reason == null
                    ? Math.min(arrival.eventTimeNs / 1_000_000, arrival.readAtMs)
                    : Long.MIN_VALUE)
        .withIdleness(Duration.ofMillis(spec.sessionIdleMs()));
  }
}
