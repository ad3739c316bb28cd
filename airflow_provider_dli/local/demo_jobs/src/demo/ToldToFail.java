package demo;

/** What a job throws that was asked to fail. */
public final class ToldToFail extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ToldToFail(String when) {
        super("told to fail " + when);
    }
}
