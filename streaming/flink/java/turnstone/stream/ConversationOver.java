package turnstone.stream;

import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.triggers.TriggerResult;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;

/**
 * When a conversation is over: its end was said and nothing from before it can be underway any
 * more, or it was silent for the gap; and again for each event that comes later.
 */
final class ConversationOver extends Trigger<Moment, TimeWindow> {
  private static final long serialVersionUID = 1L;

  static final String END = "conversation_ended";

  private final ReducingStateDescriptor<Long> endDescriptor =
      new ReducingStateDescriptor<>("end said at", new Latest(), LongSerializer.INSTANCE);

  @Override
  public TriggerResult onElement(
      Moment moment, long timestamp, TimeWindow window, TriggerContext context) throws Exception {
    long watermark = context.getCurrentWatermark();
    if (window.maxTimestamp() <= watermark) {
      return TriggerResult.FIRE;
    }
    context.registerEventTimeTimer(window.maxTimestamp());
    ReducingState<Long> end = context.getPartitionedState(endDescriptor);
    if (moment.eventType.equals(END)) {
      end.add(timestamp);
      context.registerEventTimeTimer(timestamp);
    }
    Long saidAt = end.get();
    return saidAt != null && saidAt <= watermark ? TriggerResult.FIRE : TriggerResult.CONTINUE;
  }

  @Override
  public TriggerResult onEventTime(long time, TimeWindow window, TriggerContext context)
      throws Exception {
    Long saidAt = context.getPartitionedState(endDescriptor).get();
    boolean over = time == window.maxTimestamp() || saidAt != null && time == saidAt;
    return over ? TriggerResult.FIRE : TriggerResult.CONTINUE;
  }

  @Override
  public TriggerResult onProcessingTime(long time, TimeWindow window, TriggerContext context) {
    return TriggerResult.CONTINUE;
  }

  @Override
  public boolean canMerge() {
    return true;
  }

  @Override
  public void onMerge(TimeWindow window, OnMergeContext context) throws Exception {
    context.mergePartitionedState(endDescriptor);
    if (window.maxTimestamp() > context.getCurrentWatermark()) {
      context.registerEventTimeTimer(window.maxTimestamp());
    }
    Long saidAt = context.getPartitionedState(endDescriptor).get();
    if (saidAt != null && saidAt > context.getCurrentWatermark()) {
      context.registerEventTimeTimer(saidAt);
    }
  }

  @Override
  public void clear(TimeWindow window, TriggerContext context) throws Exception {
    context.deleteEventTimeTimer(window.maxTimestamp());
    ReducingState<Long> end = context.getPartitionedState(endDescriptor);
    Long saidAt = end.get();
    if (saidAt != null) {
      context.deleteEventTimeTimer(saidAt);
    }
    end.clear();
  }

  /** The later of two times. */
  private static final class Latest implements ReduceFunction<Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public Long reduce(Long one, Long other) {
      return Math.max(one, other);
    }
  }
}
