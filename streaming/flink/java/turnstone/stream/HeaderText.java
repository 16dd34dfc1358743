package turnstone.stream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.table.data.StringData;

/**
 * The headers of a record as a JSON object, all of them in the order of the record: a name that
 * comes twice stands twice. A value is a text, or {@code {"base64": …}} where it is not UTF-8, or
 * null. {@code streaming/contract/header_text.py} reads them back, byte for byte.
 *
 * <p>One column, not a map: a row then has a third of the values, and these are what writing
 * Parquet costs.
 */
final class HeaderText {
  private static final int REMEMBERED = 1_000;
  private static final byte[] NULL = ascii("null");
  private static final byte[] BASE64 = ascii("{\"base64\":\"");
  private static final byte[] HEX = ascii("0123456789abcdef");

  /** Names as they are written, each made once: a stream has few of them. */
  private final Map<String, byte[]> known = new HashMap<>();

  private String[] names = new String[16];
  private byte[][] values = new byte[16][];
  private int count;
  private byte[] text = new byte[1_024];
  private int size;

  void clear() {
    count = 0;
  }

  boolean isEmpty() {
    return count == 0;
  }

  void put(String name, byte[] value) {
    if (count == names.length) {
      names = Arrays.copyOf(names, 2 * count);
      values = Arrays.copyOf(values, 2 * count);
    }
    names[count] = name;
    values[count++] = value;
  }

  /** The text; it is good until the next one is asked for. */
  StringData text() {
    size = 0;
    write('{');
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        write(',');
      }
      write(written(names[i]));
      writeValue(values[i]);
    }
    write('}');
    return StringData.fromBytes(text, 0, size);
  }

  private byte[] written(String name) {
    byte[] written = known.get(name);
    if (written == null) {
      int before = size;
      writeText(name.getBytes(StandardCharsets.UTF_8));
      write(':');
      written = Arrays.copyOfRange(text, before, size);
      size = before;
      if (known.size() < REMEMBERED) {
        known.put(name, written);
      }
    }
    return written;
  }

  private void writeValue(byte[] value) {
    if (value == null) {
      write(NULL);
    } else if (isPlain(value)) {
      write('"');
      write(value);
      write('"');
    } else if (Utf8.isValid(value)) {
      writeText(value);
    } else {
      write(BASE64);
      write(Base64.getEncoder().encode(value));
      write('"');
      write('}');
    }
  }

  /** Whether a text is written as it is. */
  private static boolean isPlain(byte[] value) {
    for (byte b : value) {
      if (b < ' ' || b == '"' || b == '\\') {
        return false;
      }
    }
    return true;
  }

  private void writeText(byte[] utf8) {
    ensure(6 * utf8.length + 2);
    text[size++] = '"';
    for (byte b : utf8) {
      if (b == '"' || b == '\\') {
        text[size++] = '\\';
        text[size++] = b;
      } else if (b >= 0 && b < ' ') {
        writeEscape(b);
      } else {
        text[size++] = b;
      }
    }
    text[size++] = '"';
  }

  private void writeEscape(byte control) {
    write(new byte[] {'\\', 'u', '0', '0', HEX[control >> 4], HEX[control & 0xF]});
  }

  private void write(char ascii) {
    ensure(1);
    text[size++] = (byte) ascii;
  }

  private void write(byte[] bytes) {
    ensure(bytes.length);
    System.arraycopy(bytes, 0, text, size, bytes.length);
    size += bytes.length;
  }

  private void ensure(int more) {
    if (size + more > text.length) {
      text = Arrays.copyOf(text, Math.max(size + more, 2 * text.length));
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
