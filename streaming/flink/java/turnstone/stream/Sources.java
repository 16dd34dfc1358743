package turnstone.stream;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The topic as the jobs read it. */
final class Sources {
  private Sources() {}

  /** Every record from the first one on, with its envelope and the verdict on it. */
  static DataStream<Arrival> arrivals(
      StreamExecutionEnvironment environment, JobSpec spec, WatermarkStrategy<Arrival> watermarks) {
    KafkaSource<Arrival> source =
        KafkaSource.<Arrival>builder()
            .setBootstrapServers(spec.bootstrapServers())
            .setTopics(spec.topic())
            .setGroupId(spec.jobName())
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setProperty("partition.discovery.interval.ms", "30000")
            .setDeserializer(new ArrivalReader(spec))
            .build();
    return environment.fromSource(source, watermarks, spec.topic()).uid("source");
  }
}
