package turnstone.stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Says what the stream job makes of records, without a cluster.
 *
 * <p>Standard input has the job as one line of JSON, then one record a line: {@code {"headers":
 * [[name, base64 or null], …], "value": base64 or null}}. Standard output has one line for each:
 * {@code {"headers": …, "reason": …}} for a record that is no event, else its columns in silver too.
 */
public final class Judge {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Judge() {}

  public static void main(String[] arguments) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    JobSpec spec = JobSpec.fromJson(in.readLine());
    Envelope envelope = new Envelope();
    PersonalData personalData = new PersonalData(spec.masks(), spec.anyNumber());
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(JSON.writeValueAsString(judged(envelope, personalData, JSON.readTree(line))));
    }
  }

  private static ObjectNode judged(Envelope envelope, PersonalData personalData, JsonNode record)
      throws IOException {
    RecordHeaders headers = new RecordHeaders();
    for (JsonNode header : record.get("headers")) {
      headers.add(header.get(0).textValue(), header.get(1).binaryValue());
    }
    Arrival arrival = new Arrival();
    arrival.value = record.get("value").binaryValue();
    envelope.read(headers, arrival);
    ObjectNode said =
        JSON.createObjectNode()
            .put("headers", arrival.headers.text().toString())
            .put("reason", arrival.reason);
    if (arrival.reason != null) {
      return said;
    }
    return said.put("event_id", arrival.eventId.toString())
        .put("event_type", arrival.eventType.toString())
        .put("schema_version", arrival.schemaVersion)
        .put("event_time_ns", arrival.eventTimeNs)
        .put("tenant_id", arrival.tenantId.toString())
        .put("conversation_id", arrival.conversationId.toString())
        .put("turn", arrival.turn)
        .put("agent_version", arrival.agentVersion.toString())
        .put("experiments", arrival.experiments.toString())
        .put("trace_id", arrival.traceId.toString())
        .put("span_id", arrival.spanId.toString())
        .put("payload", personalData.masked(arrival.value).toString());
  }
}
