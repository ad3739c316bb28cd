package demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.types.Row;

/**
 * The directory that a script's rows go to: {@code _schema.json} tells the columns, files of JSON lines hold the rows.
 *
 * <p>Nobody can fetch what a program collects that the REST API runs.
 */
final class SqlResult {

    private final Path directory;

    SqlResult(String directory) {
        this.directory = Path.of(directory);
    }

    /** Says what a job will write, and returns the table for it to write to. */
    TableDescriptor table(ResolvedSchema schema) throws IOException {
        describe(schema);
        return TableDescriptor.forConnector("filesystem")
                .schema(Schema.newBuilder().fromRowDataType(schema.toSinkRowDataType()).build())
                .option("path", directory.toUri().toString())
                .format("json")
                .build();
    }

    /** Writes rows that need no job, as SHOW and DESCRIBE have them. */
    void write(ResolvedSchema schema, Iterator<Row> rows) throws IOException {
        describe(schema);
        StringBuilder lines = new StringBuilder();
        while (rows.hasNext()) {
            lines.append(line(schema.getColumnNames(), rows.next())).append('\n');
        }
        write("rows.json", lines.toString());
    }

    private void describe(ResolvedSchema schema) throws IOException {
        String columns = schema.getColumns().stream().map(SqlResult::column).collect(Collectors.joining(", "));
        Files.createDirectories(directory);
        write("_schema.json", "[" + columns + "]\n");
    }

    private void write(String name, String text) throws IOException {
        Files.write(directory.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private static String column(Column column) {
        String type = column.getDataType().getLogicalType().asSerializableString();
        return "{\"name\": " + quoted(column.getName()) + ", \"type\": " + quoted(type) + "}";
    }

    private static String line(List<String> names, Row row) {
        StringBuilder line = new StringBuilder("{");
        for (int index = 0; index < row.getArity(); index++) {
            line.append(index == 0 ? "" : ", ").append(quoted(names.get(index))).append(": ");
            line.append(value(row.getField(index)));
        }
        return line.append('}').toString();
    }

    private static String value(Object value) {
        boolean plain = value == null || value instanceof Boolean || value instanceof Number;
        return plain ? String.valueOf(value) : quoted(value.toString());
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char each : text.toCharArray()) {
            boolean plain = each >= ' ' && each != '"' && each != '\\';
            quoted.append(plain ? String.valueOf(each) : String.format("\\u%04x", (int) each));
        }
        return quoted.append('"').toString();
    }
}
