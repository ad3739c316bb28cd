package demo;

import java.io.Serializable;

/**
 * What is to go wrong in a job, and when.
 *
 * <p>{@code --fail-after} so many records that one subtask has counted since it started; {@code --slow-snapshot} for so
 * many milliseconds; {@code --fail-snapshot} in the first checkpoint or savepoint.
 */
final class Faults implements Serializable {

    /** The arguments that ask for faults, with their defaults: none. */
    static final String[] ARGUMENTS = {"fail-after=0", "slow-snapshot=0", "fail-snapshot=false"};

    private static final long serialVersionUID = 1L;

    private final long failAfter;
    private final long slowSnapshot;
    private final boolean failSnapshot;

    Faults(Arguments arguments) {
        this.failAfter = arguments.number("fail-after", 0);
        this.slowSnapshot = arguments.number("slow-snapshot", 0);
        this.failSnapshot = arguments.isOn("fail-snapshot");
    }

    void afterRecord(long records) {
        if (records == failAfter) {
            throw new ToldToFail("after " + records + " records");
        }
    }

    void inSnapshot() throws InterruptedException {
        Thread.sleep(slowSnapshot);
        if (failSnapshot) {
            throw new ToldToFail("in a snapshot");
        }
    }
}
