package turnstone.stream;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.table.data.StringData;

/**
 * Which tenants share files: a big one has files of its own, the small ones are spread over some
 * groups. A commit then has so many files as there are groups, however many tenants there are.
 */
final class TenantGroups {
  private static final int REMEMBERED = 100_000;

  private final Set<String> big;
  private final StringData[] small;
  private final Map<StringData, StringData> known = new HashMap<>();

  /**
   * @param big Tenants with a group of their own, which has their name.
   * @param groups Groups of the others: {@code _0}, {@code _1}, …; no tenant is called so.
   */
  TenantGroups(Collection<String> big, int groups) {
    this.big = Set.copyOf(big);
    small = new StringData[groups];
    for (int i = 0; i < groups; i++) {
      small[i] = StringData.fromString("_" + i);
    }
  }

  /** The group of a tenant; null of null. */
  StringData of(StringData tenant) {
    if (tenant == null) {
      return null;
    }
    StringData group = known.get(tenant);
    if (group == null) {
      String name = tenant.toString();
      group = big.contains(name) ? StringData.fromString(name) : small[place(name)];
      if (known.size() < REMEMBERED) {
        known.put(StringData.fromString(name), group);
      }
    }
    return group;
  }

  /** The same in every process and release, so that a tenant's files stay together. */
  private int place(String name) {
    return Integer.remainderUnsigned((name.hashCode() * 0x9E3779B9) >>> 8, small.length);
  }
}
