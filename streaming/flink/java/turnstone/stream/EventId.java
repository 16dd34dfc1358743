package turnstone.stream;

/** A UUIDv7 in its canonical form (RFC 9562), as text and as two numbers. */
final class EventId {
  private static final byte[] DIGIT = new byte[128];

  static {
    java.util.Arrays.fill(DIGIT, (byte) -1);
    for (int i = 0; i < 16; i++) {
      DIGIT["0123456789abcdef".charAt(i)] = (byte) i;
    }
  }

  private EventId() {}

  /** Whether bytes are a UUIDv7 in lower case with its four hyphens. */
  static boolean isValid(byte[] text) {
    if (text.length != 36 || text[14] != '7') {
      return false;
    }
    for (int at = 0; at < 36; at++) {
      boolean hyphen = at == 8 || at == 13 || at == 18 || at == 23;
      if (hyphen ? text[at] != '-' : text[at] < 0 || DIGIT[text[at]] < 0) {
        return false;
      }
    }
    return (DIGIT[text[19]] & 0b1100) == 0b1000;
  }

  /** The first 64 bits of a valid id; the upper 48 of them are its time in ms. */
  static long high(byte[] text) {
    return bits(text, 0, 8) << 32 | bits(text, 9, 13) << 16 | bits(text, 14, 18);
  }

  /** The last 64 bits of a valid id. */
  static long low(byte[] text) {
    return bits(text, 19, 23) << 48 | bits(text, 24, 36);
  }

  private static long bits(byte[] text, int from, int to) {
    long bits = 0;
    for (int at = from; at < to; at++) {
      bits = bits << 4 | DIGIT[text[at]];
    }
    return bits;
  }
}
