package demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;

/**
 * Runs a script of SQL, {@code --sql} in base64: its statements one after the other, all its INSERTs as one job.
 *
 * <p>{@code --mode} is streaming or batch; {@code --name} and {@code --checkpoint-interval} (milliseconds, 0: as the
 * cluster has it) are the job's. With {@code --result}, a directory, the rows of a last SELECT go there, {@code --rows}
 * at most (0: all of them). A script without INSERT and SELECT starts no job.
 */
public final class SqlRunner {

    private static final Pattern SET =
            Pattern.compile("SET\\s+'?([\\w.-]+)'?\\s*=\\s*(?:'(.*)'|(\\S+))", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern INSERT = startingWith("INSERT");
    private static final Pattern QUERY = startingWith("SELECT|WITH|VALUES|\\(");

    private final Arguments arguments;
    private final TableEnvironment environment;
    private final StatementSet job;
    private boolean hasJob;

    private SqlRunner(Arguments arguments) {
        this.arguments = arguments;
        this.environment = TableEnvironment.create(settings(arguments.text("mode")));
        this.job = environment.createStatementSet();
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = Arguments.parse(
                args, "sql=", "mode=streaming", "name=sql", "checkpoint-interval=0", "result=", "rows=0");
        byte[] script = Base64.getDecoder().decode(arguments.text("sql"));
        new SqlRunner(arguments).run(SqlScript.statements(new String(script, StandardCharsets.UTF_8)));
    }

    private void run(List<String> statements) throws IOException {
        configure();
        int number = 0;
        for (String statement : statements) {
            try {
                number++;
                perform(statement);
            } catch (RuntimeException error) {
                throw new IllegalArgumentException("Statement " + number + ": " + error.getMessage(), error);
            }
        }
        if (hasJob) {
            job.execute();
        }
    }

    private void configure() {
        environment.getConfig().set("pipeline.name", arguments.text("name"));
        long checkpointInterval = arguments.number("checkpoint-interval", 0);
        if (checkpointInterval > 0) {
            environment.getConfig().set("execution.checkpointing.interval", checkpointInterval + " ms");
        }
    }

    private void perform(String statement) throws IOException {
        Matcher set = SET.matcher(statement);
        if (set.matches()) {
            environment.getConfig().set(set.group(1), set.group(2) == null ? set.group(3) : set.group(2));
        } else if (INSERT.matcher(statement).lookingAt()) {
            job.addInsertSql(statement);
            hasJob = true;
        } else if (QUERY.matcher(statement).lookingAt()) {
            query(statement);
        } else {
            keep(environment.executeSql(statement));
        }
    }

    private void query(String statement) throws IOException {
        if (arguments.text("result").isEmpty()) {
            throw new IllegalArgumentException("A query has nowhere to go here: write INSERT INTO a table.");
        }
        Table found = environment.sqlQuery(statement);
        long rows = arguments.number("rows", 0);
        Table bounded = rows == 0 ? found : found.fetch(Math.toIntExact(rows));
        job.addInsert(new SqlResult(arguments.text("result")).table(found.getResolvedSchema()), bounded);
        hasJob = true;
    }

    private void keep(TableResult done) throws IOException {
        if (done.getResultKind() == ResultKind.SUCCESS_WITH_CONTENT && !arguments.text("result").isEmpty()) {
            new SqlResult(arguments.text("result")).write(done.getResolvedSchema(), done.collect());
        }
    }

    private static EnvironmentSettings settings(String mode) {
        switch (mode) {
            case "streaming":
                return EnvironmentSettings.inStreamingMode();
            case "batch":
                return EnvironmentSettings.inBatchMode();
            default:
                throw new IllegalArgumentException("--mode wants streaming or batch, not " + mode);
        }
    }

    private static Pattern startingWith(String words) {
        return Pattern.compile("(" + words + ")(\\b|(?<=\\())", Pattern.CASE_INSENSITIVE);
    }
}
