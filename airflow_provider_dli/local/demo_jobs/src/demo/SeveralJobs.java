package demo;

import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A program whose main() starts several jobs; {@code --steps} lists its steps, with commas in between.
 *
 * <p>"new" makes another environment, "execute" and "async" start a bounded job in the current one, "await" waits for
 * the job of the last "async", "result" starts a job and reads its result, "parameters" replaces the global job
 * parameters, "sleep" waits for {@code --pause} seconds, "throw" fails. Each job takes {@code --seconds}.
 */
public final class SeveralJobs {

    private final Arguments arguments;
    private StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    private JobClient client;
    private int started;

    private SeveralJobs(Arguments arguments) {
        this.arguments = arguments;
    }

    public static void main(String[] args) throws Exception {
        SeveralJobs program = new SeveralJobs(
                Arguments.parse(args, "steps=execute,new,execute", "name=several jobs", "seconds=1", "pause=1"));
        for (String step : program.arguments.text("steps").split(",")) {
            program.run(step);
        }
    }

    private void run(String step) throws Exception {
        switch (step) {
            case "new":
                environment = StreamExecutionEnvironment.getExecutionEnvironment();
                return;
            case "execute":
                environment.execute(addJob());
                return;
            case "async":
                client = environment.executeAsync(addJob());
                return;
            case "await":
                client.getJobExecutionResult().get();
                return;
            case "result":
                environment.execute(addJob()).getNetRuntime();
                return;
            case "parameters":
                environment.getConfig().setGlobalJobParameters(new ExecutionConfig.GlobalJobParameters());
                return;
            case "sleep":
                Thread.sleep(1000 * arguments.number("pause", 0));
                return;
            case "throw":
                throw new ToldToFail("in main(), after " + started + " jobs");
            default:
                throw new IllegalArgumentException("--steps knows no " + step);
        }
    }

    /** Adds a bounded job to the current environment, and returns its name. */
    private String addJob() {
        long records = 10;
        environment
                .fromSequence(1, records)
                .map(new Pace(records / Math.max(0.001, arguments.number("seconds", 0)) / environment.getParallelism()))
                .print();
        started++;
        return arguments.text("name") + " " + started;
    }
}
