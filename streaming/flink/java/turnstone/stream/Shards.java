package turnstone.stream;

import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.table.data.RowData;

/**
 * Under which key an event's id is remembered: a span of about 65 s of the id's own time, and one
 * of {@value #COUNT} shards.
 *
 * <p>Ids of one time lie together, so a chunk of them is saved and read as one; and each key
 * group has one shard, so every subtask has the same share whatever the time is.
 */
final class Shards implements KeySelector<RowData, Long> {
  private static final long serialVersionUID = 1L;

  /** Shards, and key groups of the job: the most subtasks that it can ever have. */
  static final int COUNT = 1024;

  private static final int[] HASH_OF_SHARD = hashes();

  private final int idColumn;

  Shards(int idColumn) {
    this.idColumn = idColumn;
  }

  @Override
  public Long getKey(RowData row) {
    byte[] id = row.getString(idColumn).toBytes();
    return key(EventId.high(id), EventId.low(id));
  }

  /** The key of an id. The hash that Java gives it, which is its key group's, is the shard's. */
  static long key(long high, long low) {
    int span = (int) (high >>> 32);
    int shard = (int) (low * 0x9E3779B97F4A7C15L >>> 22 & COUNT - 1);
    return (long) span << 32 | (span ^ HASH_OF_SHARD[shard]) & 0xFFFFFFFFL;
  }

  private static int[] hashes() {
    int[] hashes = new int[COUNT];
    boolean[] found = new boolean[COUNT];
    int missing = COUNT;
    for (int hash = 0; missing > 0; hash++) {
      int group = KeyGroupRangeAssignment.computeKeyGroupForKeyHash(hash, COUNT);
      if (!found[group]) {
        found[group] = true;
        hashes[group] = hash;
        missing--;
      }
    }
    return hashes;
  }
}
