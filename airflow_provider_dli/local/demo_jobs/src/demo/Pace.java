package demo;

import org.apache.flink.api.common.functions.MapFunction;

/**
 * Lets records through at a steady pace.
 *
 * <p>It is chained to the source: a checkpoint barrier never queues behind records that still wait for their turn.
 */
final class Pace implements MapFunction<Long, Long> {

    private static final long serialVersionUID = 1L;

    private final double nanosPerRecord;
    private transient long records;
    private transient long start;

    Pace(double recordsPerSecond) {
        this.nanosPerRecord = 1e9 / recordsPerSecond;
    }

    @Override
    public Long map(Long value) throws InterruptedException {
        if (records++ == 0) {
            start = System.nanoTime();
        }
        long ahead = start + (long) (records * nanosPerRecord) - System.nanoTime();
        // Sleeps shorter than a millisecond are not kept by the machine: let the debt grow first.
        if (ahead > 1_000_000) {
            Thread.sleep(ahead / 1_000_000);
        }
        return value;
    }
}
