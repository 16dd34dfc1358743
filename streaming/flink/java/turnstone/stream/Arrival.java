package turnstone.stream;

import org.apache.flink.table.data.StringData;

/**
 * A record of the topic: its bytes, where it lay, what its envelope says, and the verdict on it.
 *
 * <p>One object is filled again and again by each reader: it never leaves the thread that reads.
 */
final class Arrival {
  String topic;
  int partition;
  long offset;
  long brokerTimeMs;
  long readAtMs;
  byte[] key;
  byte[] value;
  HeaderText headers;

  StringData eventId;
  StringData eventType;
  StringData tenantId;
  StringData conversationId;

  /** Null for a valid event, else the first check that failed. */
  String reason;

  // What follows is set for valid events alone.
  int schemaVersion;
  long eventTimeNs;
  int turn;
  StringData agentVersion;
  StringData experiments;
  StringData traceId;
  StringData spanId;
}
