package turnstone.stream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * A user's bucket of an experiment or layer, for Flink SQL: the first 32 bits of {@code
 * sha256(salt:user)}, modulo 1000. The runtime's is {@code agent_runtime/experiments/buckets.py}.
 *
 * <pre>create temporary function bucket as 'turnstone.stream.Bucket'</pre>
 */
public final class Bucket extends ScalarFunction {
  private static final int BUCKETS = 1000;

  private transient MessageDigest sha256;

  @Override
  public void open(FunctionContext context) throws NoSuchAlgorithmException {
    sha256 = MessageDigest.getInstance("SHA-256");
  }

  /**
   * @param salt Of the layer or the experiment.
   * @param unit Pseudonym of the user.
   * @return 0 to 999; null where either is null.
   */
  public Integer eval(String salt, String unit) {
    if (salt == null || unit == null) {
      return null;
    }
    byte[] digest = sha256.digest((salt + ":" + unit).getBytes(StandardCharsets.UTF_8));
    return Integer.remainderUnsigned(ByteBuffer.wrap(digest).getInt(), BUCKETS);
  }
}
