package demo;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Command line arguments of the form {@code --name value}, and {@code --name} alone where the default is "false". */
final class Arguments {

    private final Map<String, String> values = new LinkedHashMap<>();

    private Arguments() {}

    /** Reads {@code args}; what may be given, and its default, stands in {@code defaults} as "name=value". */
    static Arguments parse(String[] args, String... defaults) {
        Arguments arguments = new Arguments();
        for (String each : defaults) {
            String[] pair = each.split("=", 2);
            arguments.values.put(pair[0], pair[1]);
        }
        String usage = arguments.usage();
        for (Iterator<String> words = List.of(args).iterator(); words.hasNext(); ) {
            String word = words.next();
            String name = word.startsWith("--") ? word.substring(2) : "";
            require(arguments.values.containsKey(name), "Unknown argument " + word, usage);
            require(arguments.isSwitch(name) || words.hasNext(), "A value is missing after " + word, usage);
            arguments.values.put(name, arguments.isSwitch(name) ? "true" : words.next());
        }
        return arguments;
    }

    String text(String name) {
        return values.get(name);
    }

    long number(String name, long least) {
        if (!text(name).matches("\\d{1,18}") || Long.parseLong(text(name)) < least) {
            throw new IllegalArgumentException(
                    "--" + name + " wants a whole number from " + least + ", not " + text(name));
        }
        return Long.parseLong(text(name));
    }

    boolean isOn(String name) {
        return text(name).equals("true");
    }

    private boolean isSwitch(String name) {
        return text(name).equals("false") || isOn(name);
    }

    private String usage() {
        StringBuilder usage = new StringBuilder();
        for (String name : values.keySet()) {
            usage.append(" [--").append(name).append(isSwitch(name) ? "" : " " + text(name)).append("]");
        }
        return usage.toString();
    }

    private static void require(boolean holds, String otherwise, String usage) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise + "; usage:" + usage);
        }
    }
}
