package turnstone.stream;

import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads records of the topic: each once, with all that bronze, silver and dead letters need. */
final class ArrivalReader implements KafkaRecordDeserializationSchema<Arrival> {
  private static final long serialVersionUID = 1L;

  private final JobSpec spec;
  private transient Envelope envelope;
  private transient Arrival arrival;

  ArrivalReader(JobSpec spec) {
    this.spec = spec;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    envelope = new Envelope(new PersonalData(spec.masks(), spec.anyNumber()));
    arrival = new Arrival();
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> read, Collector<Arrival> out) {
    arrival.topic = read.topic();
    arrival.partition = read.partition();
    arrival.offset = read.offset();
    arrival.brokerTimeMs = read.timestamp();
    arrival.readAtMs = System.currentTimeMillis();
    arrival.key = read.key();
    arrival.value = read.value();
    envelope.read(read.headers(), arrival);
    out.collect(arrival);
  }

  @Override
  public TypeInformation<Arrival> getProducedType() {
    return TypeInformation.of(new TypeHint<>() {});
  }
}
