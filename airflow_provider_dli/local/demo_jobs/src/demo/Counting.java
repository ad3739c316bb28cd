package demo;

import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job behind both entry classes: numbers, at a pace, counted by key.
 *
 * <p>{@code --checkpoint-interval} is in milliseconds, 0 makes none; {@code --restarts} says how often it may start
 * again.
 */
final class Counting {

    private static final int KEYS = 16;

    private Counting() {}

    /** Arguments that every counting job takes, with {@code others} of its own. */
    static Arguments arguments(String[] args, String... others) {
        Stream<String> known = Stream.of(others, new String[] {"restarts=0"}, Faults.ARGUMENTS).flatMap(Stream::of);
        return Arguments.parse(args, known.toArray(String[]::new));
    }

    /** Runs the job over {@code records} records; both end when they are counted. */
    static void run(Arguments arguments, long records, double recordsPerSecond) throws Exception {
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(restarts(arguments.number("restarts", 0)));
        long checkpointInterval = arguments.number("checkpoint-interval", 0);
        if (checkpointInterval > 0) {
            environment.enableCheckpointing(checkpointInterval);
        }
        environment
                .fromSequence(1, records)
                .name("Numbers")
                .uid("numbers")
                .map(new Pace(recordsPerSecond / environment.getParallelism()))
                .name("Pace")
                .uid("pace")
                .keyBy(number -> number % KEYS)
                .map(new Count(new Faults(arguments)))
                .name("Count")
                .uid("count");
        environment.execute(arguments.text("name"));
    }

    /** The restart strategy by its key up to Flink 1.18 and by the one since: the other one is ignored. */
    private static Configuration restarts(long attempts) {
        String strategy = attempts == 0 ? "none" : "fixed-delay";
        Configuration configuration = new Configuration();
        configuration.setString("restart-strategy", strategy);
        configuration.setString("restart-strategy.type", strategy);
        configuration.setString("restart-strategy.fixed-delay.attempts", String.valueOf(attempts));
        configuration.setString("restart-strategy.fixed-delay.delay", "100 ms");
        return configuration;
    }
}
