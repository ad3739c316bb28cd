package demo;

/** Counts {@code --rate} records a second for {@code --duration} seconds (0: until it is stopped). */
public final class StreamingCount {

    private StreamingCount() {}

    public static void main(String[] args) throws Exception {
        Arguments arguments = Counting.arguments(
                args, "name=streaming count", "rate=100", "duration=0", "checkpoint-interval=1000");
        long rate = arguments.number("rate", 1);
        long duration = arguments.number("duration", 0);
        Counting.run(arguments, duration == 0 ? Long.MAX_VALUE : rate * duration, rate);
    }
}
