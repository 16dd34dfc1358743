package turnstone.stream;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;

/**
 * The parameters of the stream job, as {@code streaming/flink/spec.py} states them; times in
 * milliseconds.
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public record JobSpec(
    String jobName,
    String bootstrapServers,
    String topic,
    String catalogName,
    String catalogUri,
    String warehouse,
    long stateTtlMs,
    int rememberedIds,
    List<String> bigTenants,
    int smallTenantGroups,
    long sessionGapMs,
    long sessionDisorderMs,
    long sessionLatenessMs,
    long sessionIdleMs,
    List<Mask> masks,
    String anyNumber)
    implements Serializable {

  /** A pattern of personal data and what stands in its place. */
  public record Mask(String name, String pattern, String replacement) implements Serializable {}

  /** Reads what {@code JobSpec.to_json} wrote. */
  public static JobSpec fromJson(String text) throws IOException {
    return new ObjectMapper().readValue(text, JobSpec.class);
  }
}
