package turnstone.stream;

import org.apache.flink.table.data.StringData;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Reads the envelope of a record from its headers and judges it.
 *
 * <p>The checks are those of the contract's wire form ({@code
 * streaming/contract/cloudevents.py}), in the order in which a person would look: the first one
 * that fails is the reason. The payload is judged last.
 */
final class Envelope {
  private static final byte[] SCHEMA_PREFIX = ascii("urn:turnstone:event:");
  private static final StringData NO_EXPERIMENTS = StringData.fromString("{}");
  private static final int LONGEST_TEXT = 255;

  private final JsonObject json = new JsonObject();
  private final HeaderText all = new HeaderText();

  private byte[] id;
  private byte[] type;
  private byte[] schema;
  private byte[] time;
  private byte[] tenant;
  private byte[] subject;
  private byte[] turn;
  private byte[] agentVersion;
  private byte[] experiments;
  private byte[] traceparent;

  /** Fills in the envelope of a record and the verdict on it. */
  void read(Headers headers, Arrival into) {
    id = type = schema = time = tenant = subject = turn = null;
    agentVersion = experiments = traceparent = null;
    all.clear();
    for (Header header : headers) {
      String name = header.key();
      byte[] value = header.value();
      all.put(name, value);
      pick(name, value);
    }
    into.headers = all;
    into.eventId = Utf8.text(id);
    into.eventType = Utf8.text(type);
    into.tenantId = tenant != null && isTenant(tenant) ? StringData.fromBytes(tenant) : null;
    into.conversationId = Utf8.text(subject);
    into.agentVersion = Utf8.text(agentVersion);
    into.reason = all.isEmpty() ? "the record has no headers" : verdict(into);
    if (into.reason == null) {
      fill(into);
    }
  }

  private void pick(String name, byte[] value) {
    switch (name) {
      case "ce_id" -> id = value;
      case "ce_type" -> type = value;
      case "ce_dataschema" -> schema = value;
      case "ce_time" -> time = value;
      case "ce_tenantid" -> tenant = value;
      case "ce_subject" -> subject = value;
      case "ce_turn" -> turn = value;
      case "ce_agentversion" -> agentVersion = value;
      case "ce_experiments" -> experiments = value;
      case "ce_traceparent" -> traceparent = value;
      default -> {}
    }
  }

  private String verdict(Arrival arrival) {
    String reason = identity();
    if (reason == null) {
      reason = time(arrival);
    }
    if (reason == null) {
      reason = place(arrival);
    }
    if (reason == null) {
      reason = trace();
    }
    return reason == null ? payload(arrival.value) : reason;
  }

  private String identity() {
    if (id == null) {
      return "header ce_id is missing";
    }
    if (!EventId.isValid(id)) {
      return "header ce_id is not a UUIDv7";
    }
    if (type == null) {
      return "header ce_type is missing";
    }
    if (!isType(type, 0, type.length)) {
      return "header ce_type is not an event type";
    }
    if (schema == null) {
      return "header ce_dataschema is missing";
    }
    int version = lastColon(schema);
    if (!isSchema(version)) {
      return "header ce_dataschema is not urn:turnstone:event:<type>:<version>";
    }
    boolean same =
        java.util.Arrays.equals(
            schema, SCHEMA_PREFIX.length, version, type, 0, type.length);
    return same ? null : "header ce_dataschema is of another type than ce_type";
  }

  private String time(Arrival arrival) {
    if (time == null) {
      return "header ce_time is missing";
    }
    arrival.eventTimeNs = EventTime.parse(time);
    return arrival.eventTimeNs == EventTime.NONE
        ? "header ce_time is not a UTC time with nine decimals"
        : null;
  }

  private String place(Arrival arrival) {
    if (tenant == null) {
      return "header ce_tenantid is missing";
    }
    if (arrival.tenantId == null) {
      return "header ce_tenantid is not a tenant id";
    }
    if (subject == null) {
      return "header ce_subject is missing";
    }
    if (!isShortText(subject, arrival.conversationId)) {
      return "header ce_subject is not a conversation id";
    }
    if (turn == null) {
      return "header ce_turn is missing";
    }
    if (turn.length < 1 || turn.length > 9 || !isCount(turn, 0, turn.length)) {
      return "header ce_turn is not a count";
    }
    if (agentVersion == null) {
      return "header ce_agentversion is missing";
    }
    return isShortText(agentVersion, arrival.agentVersion)
        ? null
        : "header ce_agentversion is not a version";
  }

  private String trace() {
    if (traceparent == null) {
      return "header ce_traceparent is missing";
    }
    if (!isTraceparent(traceparent)) {
      return "header ce_traceparent is not a W3C trace context";
    }
    return experiments == null || json.accepts(experiments)
        ? null
        : "header ce_experiments is not a JSON object";
  }

  private String payload(byte[] value) {
    if (value == null) {
      return "the record has no payload";
    }
    if (json.accepts(value)) {
      return null;
    }
    return Utf8.isValid(value) ? "the payload is not a JSON object" : "the payload is not UTF-8";
  }

  private void fill(Arrival arrival) {
    arrival.schemaVersion = number(schema, lastColon(schema) + 1, schema.length);
    arrival.turn = number(turn, 0, turn.length);
    arrival.experiments = experiments == null ? NO_EXPERIMENTS : StringData.fromBytes(experiments);
    arrival.traceId = StringData.fromBytes(traceparent, 3, 32);
    arrival.spanId = StringData.fromBytes(traceparent, 36, 16);
  }

  private boolean isSchema(int colon) {
    return colon >= SCHEMA_PREFIX.length
        && java.util.Arrays.equals(schema, 0, SCHEMA_PREFIX.length, SCHEMA_PREFIX, 0, SCHEMA_PREFIX.length)
        && isType(schema, SCHEMA_PREFIX.length, colon)
        && schema.length - colon - 1 >= 1
        && schema.length - colon - 1 <= 6
        && schema[colon + 1] != '0'
        && isCount(schema, colon + 1, schema.length);
  }

  private static int lastColon(byte[] text) {
    int at = text.length - 1;
    while (at >= 0 && text[at] != ':') {
      at--;
    }
    return at;
  }

  /** {@code [a-z][a-z0-9_]{0,63}}. */
  private static boolean isType(byte[] text, int from, int to) {
    if (to - from < 1 || to - from > 64 || text[from] < 'a' || text[from] > 'z') {
      return false;
    }
    for (int at = from; at < to; at++) {
      byte b = text[at];
      if (!(b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '_')) {
        return false;
      }
    }
    return true;
  }

  /** {@code [A-Za-z0-9][A-Za-z0-9_.-]{0,63}}: what can name a folder. */
  private static boolean isTenant(byte[] text) {
    if (text.length < 1 || text.length > 64 || !isAlphanumeric(text[0])) {
      return false;
    }
    for (byte b : text) {
      if (!isAlphanumeric(b) && b != '_' && b != '.' && b != '-') {
        return false;
      }
    }
    return true;
  }

  private static boolean isAlphanumeric(byte b) {
    return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9';
  }

  private static boolean isShortText(byte[] bytes, StringData text) {
    if (bytes.length == 0 || bytes.length <= LONGEST_TEXT) {
      return bytes.length > 0;
    }
    String decoded = text.toString();
    return decoded.codePointCount(0, decoded.length()) <= LONGEST_TEXT;
  }

  private static boolean isCount(byte[] text, int from, int to) {
    for (int at = from; at < to; at++) {
      if (text[at] < '0' || text[at] > '9') {
        return false;
      }
    }
    return true;
  }

  /** {@code 00-<32 hex, not all 0>-<16 hex, not all 0>-<2 hex>}. */
  private static boolean isTraceparent(byte[] text) {
    return text.length == 55
        && text[0] == '0'
        && text[1] == '0'
        && text[2] == '-'
        && text[35] == '-'
        && text[52] == '-'
        && isHex(text, 3, 35)
        && isHex(text, 36, 52)
        && isHex(text, 53, 55)
        && !isZero(text, 3, 35)
        && !isZero(text, 36, 52);
  }

  private static boolean isHex(byte[] text, int from, int to) {
    for (int at = from; at < to; at++) {
      byte b = text[at];
      if (!(b >= '0' && b <= '9' || b >= 'a' && b <= 'f')) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(byte[] text, int from, int to) {
    for (int at = from; at < to; at++) {
      if (text[at] != '0') {
        return false;
      }
    }
    return true;
  }

  private static int number(byte[] digits, int from, int to) {
    int number = 0;
    for (int at = from; at < to; at++) {
      number = number * 10 + digits[at] - '0';
    }
    return number;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }
}
