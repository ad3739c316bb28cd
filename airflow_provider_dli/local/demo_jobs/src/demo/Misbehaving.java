package demo;

/**
 * A program whose main() does what a main() should not; {@code --mode} says what.
 *
 * <p>"throws": it fails before it runs a job. "throws-after-execute": it fails while its job runs on. "no-execute": it
 * runs no job. "slow-main": it takes {@code --seconds} before it runs a job, a bounded one.
 */
public final class Misbehaving {

    private static final String MODES = "throws, throws-after-execute, no-execute or slow-main";

    private Misbehaving() {}

    public static void main(String[] args) throws Exception {
        Arguments arguments = Arguments.parse(args, "mode=throws", "seconds=5");
        switch (arguments.text("mode")) {
            case "throws":
                throw new ToldToFail("in main()");
            case "throws-after-execute":
                StreamingCount.main(new String[0]);
                throw new ToldToFail("in main(), after execute()");
            case "no-execute":
                return;
            case "slow-main":
                Thread.sleep(1000 * arguments.number("seconds", 0));
                BoundedCount.main(new String[0]);
                return;
            default:
                throw new IllegalArgumentException("--mode wants " + MODES + ", not " + arguments.text("mode"));
        }
    }
}
