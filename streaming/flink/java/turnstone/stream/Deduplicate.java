package turnstone.stream;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

/**
 * Lets the first row of every event id pass (spec F2), exactly once across failures.
 *
 * <p>Ids in use are in memory, the rest in the state backend: by key ({@link Shards}) a list of
 * chunks of ids. A key is read once when it comes into use; what it learns is written before each
 * checkpoint and when it goes out of use. So an event costs a look into a hash table, however
 * many ids are remembered. A chunk is forgotten some time after it was written, never earlier.
 */
final class Deduplicate extends AbstractStreamOperator<RowData>
    implements OneInputStreamOperator<RowData, RowData> {
  private static final long serialVersionUID = 1L;

  /** What a key in memory weighs beside its ids, in ids. */
  private static final int KEY_WEIGHT = 16;

  private final int idColumn;
  private final long ttlMs;
  private final int remembered;

  private transient ListState<byte[]> chunks;
  private transient LinkedHashMap<Long, IdSet> inUse;
  private transient long weight;
  private transient Counter duplicates;
  private transient Counter reads;

  /**
   * @param idColumn Place of the event id in a row.
   * @param ttlMs How long an id is remembered at least.
   * @param remembered How many ids a subtask keeps in memory, at most.
   */
  Deduplicate(int idColumn, long ttlMs, int remembered) {
    this.idColumn = idColumn;
    this.ttlMs = ttlMs;
    this.remembered = remembered;
  }

  @Override
  public void open() throws Exception {
    super.open();
    ListStateDescriptor<byte[]> descriptor =
        new ListStateDescriptor<>("chunks of ids", BytePrimitiveArraySerializer.INSTANCE);
    descriptor.enableTimeToLive(
        StateTtlConfig.newBuilder(Duration.ofMillis(ttlMs))
            .setUpdateType(StateTtlConfig.UpdateType.OnCreateAndWrite)
            .cleanupInRocksdbCompactFilter(10_000)
            .build());
    chunks =
        getPartitionedState(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
    inUse = new LinkedHashMap<>(16, 0.75f, true);
    duplicates = metrics.counter("duplicates");
    reads = metrics.counter("stateReads");
    metrics.gauge("idsInMemory", () -> weight);
  }

  /** Rows are told apart by their ids alone: the key is set where state is touched. */
  @Override
  @SuppressWarnings("rawtypes") // as the overridden method has it
  public void setKeyContextElement1(StreamRecord record) {}

  @Override
  public void processElement(StreamRecord<RowData> record) throws Exception {
    byte[] id = record.getValue().getString(idColumn).toBytes();
    long high = EventId.high(id);
    long low = EventId.low(id);
    if (ids(Shards.key(high, low)).add(high, low)) {
      weight++;
      output.collect(record);
    } else {
      duplicates.inc();
    }
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    for (Map.Entry<Long, IdSet> entry : inUse.entrySet()) {
      save(entry.getKey(), entry.getValue());
    }
    super.prepareSnapshotPreBarrier(checkpointId);
  }

  private IdSet ids(Long key) throws Exception {
    IdSet ids = inUse.get(key);
    if (ids == null) {
      ids = read(key);
      inUse.put(key, ids);
      weight += KEY_WEIGHT + ids.size();
      makeRoom();
    }
    return ids;
  }

  private IdSet read(Long key) throws Exception {
    reads.inc();
    IdSet ids = new IdSet();
    setCurrentKey(key);
    Iterable<byte[]> saved = chunks.get();
    if (saved != null) {
      for (byte[] chunk : saved) {
        ids.addSaved(chunk);
      }
    }
    return ids;
  }

  /** Puts away what was used least recently; never the key that is in use now. */
  private void makeRoom() throws Exception {
    var entries = inUse.entrySet().iterator();
    while (weight > remembered && inUse.size() > 1) {
      Map.Entry<Long, IdSet> oldest = entries.next();
      save(oldest.getKey(), oldest.getValue());
      weight -= KEY_WEIGHT + oldest.getValue().size();
      entries.remove();
    }
  }

  private void save(Long key, IdSet ids) throws Exception {
    byte[] chunk = ids.takeUnsaved();
    if (chunk != null) {
      setCurrentKey(key);
      chunks.add(chunk);
    }
  }
}
