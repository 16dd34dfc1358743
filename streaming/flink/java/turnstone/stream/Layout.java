package turnstone.stream;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.Schema;
import org.apache.iceberg.flink.FlinkSchemaUtil;

/**
 * Where the job's columns are in a table. Columns that the table has beyond them, as after its
 * schema evolved, stay null.
 */
final class Layout implements Serializable {
  private static final long serialVersionUID = 1L;

  private final RowType rowType;
  private final int[] places;

  private Layout(RowType rowType, int[] places) {
    this.rowType = rowType;
    this.places = places;
  }

  /**
   * The places of columns in a table.
   *
   * @throws IllegalStateException The table lacks some of them.
   */
  static Layout of(String table, Schema schema, String... columns) {
    RowType rowType = FlinkSchemaUtil.convert(schema);
    List<String> missing = new ArrayList<>();
    int[] places = new int[columns.length];
    for (int i = 0; i < columns.length; i++) {
      places[i] = rowType.getFieldIndex(columns[i]);
      if (places[i] < 0) {
        missing.add(columns[i]);
      }
    }
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "table " + table + " lacks the columns " + missing + ": was it made by another version?");
    }
    return new Layout(rowType, places);
  }

  GenericRowData emptyRow() {
    return new GenericRowData(rowType.getFieldCount());
  }

  void set(GenericRowData row, int column, Object value) {
    row.setField(places[column], value);
  }

  InternalTypeInfo<RowData> typeInfo() {
    return InternalTypeInfo.of(rowType);
  }

  RowType rowType() {
    return rowType;
  }
}
