package demo;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A script of SQL statements, which {@code ;} separates wherever it stands in no string, no name and no comment. */
final class SqlScript {

    /** What must be read as one: a string, a name in quotes, a comment; else one character. */
    private static final Pattern TOKEN =
            Pattern.compile("'[^']*'|`[^`]*`|\"[^\"]*\"|--[^\\n]*|/\\*.*?\\*/|.", Pattern.DOTALL);

    /** What frames statements that are one job; here all of a script's INSERTs are. */
    private static final Pattern FRAME = Pattern.compile(
            "(EXECUTE\\s+STATEMENT\\s+SET\\s+BEGIN|BEGIN\\s+STATEMENT\\s+SET|END)\\b", Pattern.CASE_INSENSITIVE);

    private SqlScript() {}

    /** Returns the statements, without comments; a hint is none. */
    static List<String> statements(String script) {
        List<String> statements = new ArrayList<>();
        StringBuilder statement = new StringBuilder();
        for (Matcher tokens = TOKEN.matcher(script); tokens.find(); ) {
            if (tokens.group().equals(";")) {
                add(statements, statement);
            } else {
                statement.append(isComment(tokens.group()) ? " " : tokens.group());
            }
        }
        add(statements, statement);
        return statements;
    }

    private static boolean isComment(String token) {
        boolean hint = token.startsWith("/*+");
        return !hint && token.length() > 1 && (token.startsWith("--") || token.startsWith("/*"));
    }

    private static void add(List<String> statements, StringBuilder statement) {
        String text = statement.toString().strip();
        Matcher frame = FRAME.matcher(text);
        String unframed = frame.lookingAt() ? text.substring(frame.end()).strip() : text;
        if (!unframed.isEmpty()) {
            statements.add(unframed);
        }
        statement.setLength(0);
    }
}
