package turnstone.stream;

import java.nio.charset.StandardCharsets;
import org.apache.flink.table.data.StringData;

/** Bytes as text. */
final class Utf8 {
  private Utf8() {}

  /** Text of bytes, with U+FFFD in place of what is not UTF-8; null of null. */
  static StringData text(byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    return isAscii(bytes)
        ? StringData.fromBytes(bytes)
        : StringData.fromString(new String(bytes, StandardCharsets.UTF_8));
  }

  static boolean isAscii(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether bytes are UTF-8 throughout. */
  static boolean isValid(byte[] bytes) {
    for (int at = 0; at < bytes.length; ) {
      int width = bytes[at] >= 0 ? 1 : width(bytes, at);
      if (width == 0) {
        return false;
      }
      at += width;
    }
    return true;
  }

  /**
   * Bytes of the character that begins with a byte of 0x80 or more; 0 where it is none.
   *
   * <p>Source: Unicode 16, table 3-7, well-formed UTF-8.
   */
  static int width(byte[] bytes, int at) {
    int lead = bytes[at] & 0xFF;
    if (lead >= 0xC2 && lead <= 0xDF) {
      return follows(bytes, at + 1, 0x80, 0xBF) ? 2 : 0;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
      int low = lead == 0xE0 ? 0xA0 : 0x80;
      int high = lead == 0xED ? 0x9F : 0xBF;
      return follows(bytes, at + 1, low, high) && follows(bytes, at + 2, 0x80, 0xBF) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
      int low = lead == 0xF0 ? 0x90 : 0x80;
      int high = lead == 0xF4 ? 0x8F : 0xBF;
      return follows(bytes, at + 1, low, high)
              && follows(bytes, at + 2, 0x80, 0xBF)
              && follows(bytes, at + 3, 0x80, 0xBF)
          ? 4
          : 0;
    }
    return 0;
  }

  private static boolean follows(byte[] bytes, int at, int low, int high) {
    int value = at < bytes.length ? bytes[at] & 0xFF : -1;
    return value >= low && value <= high;
  }
}
