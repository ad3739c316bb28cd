"""Makes the demo jobs' jar of their sources: ``python -m airflow_provider_dli.local.demo_jobs.build``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from airflow_provider_dli.local import demo_jobs
from airflow_provider_dli.local.distribution import DEFAULT_VERSION, Distribution
from airflow_provider_dli.local.errors import LocalError

SOURCES: Final = demo_jobs.JAR.with_name("src")

#: What the classes in the committed jar were compiled with; another one may write other bytes.
JAVAC_VERSION: Final = "17"

_MANIFEST: Final = f"Manifest-Version: 1.0\r\nMain-Class: {demo_jobs.STREAMING_COUNT}\r\n\r\n"


def build(jar: Path) -> None:
    """Compile the sources against Flink's API and write them to ``jar``, the same bytes each time.

    :param jar: the file to write.
    :raises LocalError: where ``javac`` is missing or does not like the sources.
    """
    with tempfile.TemporaryDirectory() as folder:
        classes = Path(folder)
        _compile(classes)
        _pack(classes, jar)


def _compile(classes: Path) -> None:
    javac = shutil.which("javac")
    if javac is None:
        raise LocalError(f"There is no javac on the PATH: install a JDK {JAVAC_VERSION}.")
    class_path = Distribution.of(DEFAULT_VERSION).home / "lib" / "*"
    # Java 11 is the oldest that a Flink of these days runs on.
    options = ["--release", "11", "-proc:none", "-cp", str(class_path), "-d", str(classes)]
    done = subprocess.run([javac, *options, *map(str, sorted(SOURCES.rglob("*.java")))], check=False)
    if done.returncode != 0:
        raise LocalError("javac does not like the sources; what it said stands above.")


def _pack(classes: Path, jar: Path) -> None:
    # Sorted, not compressed and without a time: nothing of this moment or machine gets into the jar.
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("META-INF/MANIFEST.MF"), _MANIFEST)
        for file in sorted(classes.rglob("*.class")):
            archive.writestr(zipfile.ZipInfo(file.relative_to(classes).as_posix()), file.read_bytes())


if __name__ == "__main__":
    try:
        build(demo_jobs.JAR)
    except LocalError as error:
        sys.exit(str(error))
