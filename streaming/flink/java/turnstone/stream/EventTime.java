package turnstone.stream;

import org.apache.flink.table.data.TimestampData;

/** Times as the contract writes them: {@code 2025-02-03T12:00:00.123456789Z}. */
final class EventTime {
  /** What {@link #parse} returns for bytes that are no time. */
  static final long NONE = Long.MIN_VALUE;

  private static final int[] DAYS = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  private EventTime() {}

  /** The ns since the epoch, or {@link #NONE}; years 1970 to 2259 fit into 64 bits. */
  static long parse(byte[] text) {
    if (text.length != 30 || !hasShape(text)) {
      return NONE;
    }
    int year = number(text, 0, 4);
    int month = number(text, 5, 7);
    int day = number(text, 8, 10);
    int hour = number(text, 11, 13);
    int minute = number(text, 14, 16);
    int second = number(text, 17, 19);
    int nanos = number(text, 20, 29);
    boolean valid =
        year >= 1970
            && year <= 2259
            && month >= 1
            && month <= 12
            && day >= 1
            && day <= (month == 2 && !isLeap(year) ? 28 : DAYS[month - 1])
            && hour < 24
            && minute < 60
            && second < 60;
    if (!valid) {
      return NONE;
    }
    long seconds = ((epochDay(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    return seconds * 1_000_000_000L + nanos;
  }

  /** A time in ns since the epoch as the engine's timestamp, cut to microseconds. */
  static TimestampData timestamp(long ns) {
    return TimestampData.fromEpochMillis(ns / 1_000_000, (int) (ns % 1_000_000) / 1_000 * 1_000);
  }

  private static boolean hasShape(byte[] text) {
    for (int at = 0; at < 30; at++) {
      byte wanted = (byte) "0000-00-00T00:00:00.000000000Z".charAt(at);
      if (wanted == '0' ? text[at] < '0' || text[at] > '9' : text[at] != wanted) {
        return false;
      }
    }
    return true;
  }

  private static int number(byte[] text, int from, int to) {
    int number = 0;
    for (int at = from; at < to; at++) {
      number = number * 10 + text[at] - '0';
    }
    return number;
  }

  private static boolean isLeap(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  }

  /** Days since 1970-01-01. Source: days_from_civil, H. Hinnant, chrono-compatible algorithms. */
  private static long epochDay(int year, int month, int day) {
    int y = month <= 2 ? year - 1 : year;
    int era = y / 400;
    int yearOfEra = y - era * 400;
    int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146_097L + dayOfEra - 719_468;
  }
}
