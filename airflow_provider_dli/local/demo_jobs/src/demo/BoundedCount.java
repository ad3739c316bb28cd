package demo;

/** Counts {@code --records} records within {@code --seconds} (0: as fast as it can), then finishes. */
public final class BoundedCount {

    private BoundedCount() {}

    public static void main(String[] args) throws Exception {
        Arguments arguments = Counting.arguments(
                args, "name=bounded count", "records=1000", "seconds=0", "checkpoint-interval=0");
        long records = arguments.number("records", 1);
        Counting.run(arguments, records, records / (double) arguments.number("seconds", 0));
    }
}
