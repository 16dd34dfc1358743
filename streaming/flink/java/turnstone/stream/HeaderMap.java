package turnstone.stream;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.StringData;

/**
 * The headers of a record as a map column, in the order of the record. Of headers with one name
 * the last one counts.
 */
final class HeaderMap implements MapData {
  private static final int REMEMBERED = 1_000;

  /** Names as the engine's text, each made once: a stream has few of them. */
  private final Map<String, StringData> known = new HashMap<>();

  private String[] names = new String[16];
  private Object[] keys = new Object[16];
  private Object[] values = new Object[16];
  private int size;

  void clear() {
    size = 0;
  }

  void put(String name, byte[] value) {
    int place = size - 1;
    while (place >= 0 && !names[place].equals(name)) {
      place--;
    }
    if (place < 0) {
      place = size++;
      if (size > names.length) {
        names = java.util.Arrays.copyOf(names, 2 * size);
        keys = java.util.Arrays.copyOf(keys, 2 * size);
        values = java.util.Arrays.copyOf(values, 2 * size);
      }
      names[place] = name;
      keys[place] = text(name);
    }
    values[place] = value;
  }

  private StringData text(String name) {
    StringData text = known.get(name);
    if (text == null) {
      text = StringData.fromString(name);
      if (known.size() < REMEMBERED) {
        known.put(name, text);
      }
    }
    return text;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public ArrayData keyArray() {
    return new GenericArrayData(java.util.Arrays.copyOf(keys, size));
  }

  @Override
  public ArrayData valueArray() {
    return new GenericArrayData(java.util.Arrays.copyOf(values, size));
  }
}
