"""What to do about Flink's refusals, and which of them repeating cannot heal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from airflow_provider_dli.flink.throwable import chain, deepest


@dataclass(frozen=True)
class Known:
    """A refusal that is known.

    :param pattern: a regular expression that its stack trace matches.
    :param advice: what to do.
    """

    pattern: str
    advice: str


# What Flink puts around anything: the name of such a class says nothing.
_MERE = re.compile(r"^(?:RestHandlerException|ProgramInvocationException): ")

# Each of these stays as it is however often the request is repeated.
_KNOWN = (
    Known("entry point class .* not found|ClassNotFoundException", "Check entry_class: the jar has no such class."),
    Known("Neither a 'Main-Class'", "Give entry_class: the jar's manifest names none."),
    Known("has no (?:public static )?main|main\\(String", "Give an entry_class with a public static main(String[])."),
    Known("Error while opening jar file|zip END header|ZipException", "The file is no jar: check what was uploaded."),
    Known("Only Jar files are allowed", "The file's name must end in .jar."),
    Known(
        "POST request not allowed|Unable to load requested file /jars",
        "The cluster takes no programs through its REST API: set web.submit.enable, or use a session cluster.",
    ),
    Known("Jar file .* does not exist", "Upload the jar first: the JobManager has none with this id (any more)."),
    Known("No jobs included in application", "The program's main() never calls execute()."),
    Known(
        "Cannot find checkpoint or savepoint|Cannot find meta data file|No such file or directory.*savepoint",
        "Check restore_from: it must be a savepoint's own folder, readable by the JobManager.",
    ),
    Known("Could not find a file system implementation for scheme", "Flink has no plugin for this kind of path."),
    Known(
        "Cannot map checkpoint/savepoint state|Failed to rollback to checkpoint/savepoint",
        "The state does not fit the program: give its operators the uids that they had, "
        "or set allow_non_restored_state to leave the rest behind.",
    ),
    Known(
        r"Config key \[.*\] is not set",
        "Give savepoint_directory, or set that key in the cluster's configuration.",
    ),
    Known(
        "Failed to create savepoint directory", "Check savepoint_directory: the cluster must be able to write there."
    ),
    Known("Cannot resolve path parameter|could not parse parameters", "An id of Flink's is 32 hexadecimal digits."),
    Known("did not match expected format", "The cluster does not understand a member of the request."),
)
# What Flink says to a main() that asks for what it does not do there; each of these stays as it is as well.
_KNOWN_OF_MAINS = (
    Known(
        "Cannot have more than one execute|more than 1 (?:streaming )?jobs",
        "Flink runs one job per environment here: put the INSERTs into one STATEMENT SET, or make another environment "
        "for the next job and set several_jobs=True.",
    ),
    Known(
        "DuplicateJobSubmissionException|Job has already been submitted",
        "It starts jobs in several environments: set several_jobs=True to run them all.",
    ),
    Known(
        "submitted in detached mode|must be a CoordinationRequestGateway|cannot be fetched .* in Web Submission",
        "It uses the result of a job, for which Flink does not wait here: that needs Flink 2.3 or newer, "
        'wait_until="finished", and execution.attached: "true" in flink_configuration.',
    ),
)
# What the deletion of a savepoint may say.
_KNOWN_OF_DISPOSALS = (
    Known(
        "Cannot find checkpoint or savepoint",
        "Check savepoint_path: the JobManager must be able to see it. Set missing_ok where it may be gone.",
    ),
    Known("Cannot find meta data file", "Check savepoint_path: it must be a savepoint's own folder."),
    Known("Unexpected magic number|EOFException", "Check savepoint_path: what lies there is no savepoint."),
    Known("Could not find a file system implementation for scheme", "Flink has no plugin for this kind of path."),
)
# What the end of a job may say.
_KNOWN_OF_JOBS = (
    Known(
        "NoResourceAvailableException",
        "The cluster has too few free slots: lower parallelism, add TaskManagers, or end another job.",
    ),
)


def advice_on_program(trace: str) -> str | None:
    """Return what to do about a program that did not start; None where nothing is known about it."""
    # What the user's own main() threw may well heal, whatever it is called.
    return None if main_failed(trace) else advice_on(trace)


def advice_on_main(trace: str) -> str | None:
    """Return what to do about a program whose ``main`` failed; None where nothing is known about it."""
    return _first(_KNOWN_OF_MAINS, trace)


def main_failed(trace: str) -> bool:
    """Tell whether it was the user's own ``main`` that failed."""
    return "The main method caused an error" in trace and "JobInitializationException" not in trace


def advice_on(text: str) -> str | None:
    """Return what to do about a text of Flink's; None where nothing is known about it."""
    return _first(_KNOWN, text)


def advice_on_disposal(trace: str) -> str | None:
    """Return what to do about a savepoint that could not be deleted; None where nothing is known about it."""
    return _first(_KNOWN_OF_DISPOSALS, trace)


def advice_on_job(trace: str) -> str | None:
    """Return what to do about the stack trace that a job ended with; None where nothing is known about it."""
    return _first(_KNOWN_OF_JOBS, trace)


def _first(known: tuple[Known, ...], text: str) -> str | None:
    return next((one.advice for one in known if re.search(one.pattern, text)), None)


def told(trace: str) -> str:
    """Return what a stack trace says: what Flink could not do, and the deepest cause."""
    cause = _MERE.sub("", str(deepest(trace)))
    messages = [one.message.split("\n")[0] for one in chain(trace) if one.message]
    first = messages[0] if messages else ""
    return cause if first in cause else f"{cause} ({first.rstrip('.')})"
