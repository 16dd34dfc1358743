package turnstone.stream;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;

/**
 * A set of 128-bit ids in one array, which also remembers those that were not yet saved.
 *
 * <p>Open addressing with linear probing; the last bits of an id are random, and place it. An id
 * of zeros, which is no UUIDv7, marks an empty place.
 */
final class IdSet {
  static final int ID_BYTES = 16;
  private static final int SMALLEST = 8;

  private long[] places = new long[2 * SMALLEST];
  private int size;
  private long[] unsaved = new long[0];
  private int unsavedSize;

  /** Adds an id; tells whether it was new. It counts as unsaved until {@link #takeUnsaved}. */
  boolean add(long high, long low) {
    if (!put(high, low)) {
      return false;
    }
    if (unsavedSize + 2 > unsaved.length) {
      unsaved = java.util.Arrays.copyOf(unsaved, Math.max(8, unsaved.length * 2));
    }
    unsaved[unsavedSize++] = high;
    unsaved[unsavedSize++] = low;
    return true;
  }

  /** Adds ids that were saved, as {@link #takeUnsaved} gave them. */
  void addSaved(byte[] chunk) {
    LongBuffer ids = ByteBuffer.wrap(chunk).asLongBuffer();
    while (ids.hasRemaining()) {
      put(ids.get(), ids.get());
    }
  }

  /** The ids added since the last call, 16 bytes each; null where there are none. */
  byte[] takeUnsaved() {
    if (unsavedSize == 0) {
      return null;
    }
    ByteBuffer chunk = ByteBuffer.allocate(unsavedSize * Long.BYTES);
    chunk.asLongBuffer().put(unsaved, 0, unsavedSize);
    unsaved = new long[0];
    unsavedSize = 0;
    return chunk.array();
  }

  int size() {
    return size;
  }

  private boolean put(long high, long low) {
    int mask = places.length / 2 - 1;
    int place = spread(low) & mask;
    while (places[2 * place] != 0 || places[2 * place + 1] != 0) {
      if (places[2 * place] == high && places[2 * place + 1] == low) {
        return false;
      }
      place = place + 1 & mask;
    }
    places[2 * place] = high;
    places[2 * place + 1] = low;
    size++;
    if (size * 3 > (mask + 1) * 2) {
      grow();
    }
    return true;
  }

  private void grow() {
    long[] old = places;
    places = new long[2 * old.length];
    int mask = places.length / 2 - 1;
    for (int i = 0; i < old.length; i += 2) {
      if (old[i] != 0 || old[i + 1] != 0) {
        int place = spread(old[i + 1]) & mask;
        while (places[2 * place] != 0 || places[2 * place + 1] != 0) {
          place = place + 1 & mask;
        }
        places[2 * place] = old[i];
        places[2 * place + 1] = old[i + 1];
      }
    }
  }

  /** Ids that a person made up have few random bits: multiply, so that all of them count. */
  private static int spread(long low) {
    return (int) (low * 0x9E3779B97F4A7C15L >>> 32);
  }
}
