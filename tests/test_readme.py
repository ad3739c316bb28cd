"""The README is true word for word: its commands and its code are run, as a stranger would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def blocks(language: str, page: str = "README.md") -> list[str]:
    return [code for kind, code in BLOCK.findall((ROOT / page).read_text()) if kind == language]


def run(commands: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a block as it stands, in a shell that stops at the first failure."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody who has nothing but Python; what the pins hold spares the installer its search."""
    venv = tmp_path_factory.mktemp("stranger") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    others = ("AIRFLOW", "PYTHON", "VIRTUAL", "XDG_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return clean | {
        "PATH": f"{venv / 'bin'}{os.pathsep}{clean['PATH']}",
        "PIP_CONSTRAINT": str(ROOT / "constraints" / "airflow-3.txt"),
        "HOME": str(venv.parent),
        # Python compiles what it comes to use; pip would compile all that it installs.
        "PIP_NO_COMPILE": "1",
        # What was downloaded once is not downloaded again.
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
    }


@pytest.fixture(scope="module")
def installed(stranger: dict[str, str]) -> dict[str, str]:
    run(blocks("bash")[1], ROOT, stranger)
    return stranger


def try_dag(code: str, commands: str, folder: Path, environment: dict[str, str]) -> str:
    """Write a DAG into the file that its first line names, and run the commands beside it."""
    (folder / code.split("\n", 1)[0].removeprefix("# ")).write_text(code)
    try:
        return run(commands, folder, environment)
    finally:
        down = ["python", "-m", "airflow_provider_dli.local", "down"]
        subprocess.run(down, env=environment, cwd=folder, check=False)


@pytest.mark.live
def test_the_first_dag_runs_as_the_readme_tells(installed: dict[str, str], tmp_path: Path) -> None:
    told = try_dag(blocks("python")[0], blocks("bash")[2], tmp_path, installed)
    assert re.search(r"Savepoint file:\S+savepoint-\S+; the job is FINISHED", told)


@pytest.mark.live
def test_the_first_dag_for_dli_runs_as_the_readme_tells(installed: dict[str, str], tmp_path: Path) -> None:
    told = try_dag(blocks("python")[1], blocks("bash")[3], tmp_path, installed)
    found = re.search(r"is job_cancel_success; savepoint: (demo/\S+?)\.?\s", told)
    assert found, told[-3000:]
    buckets = Path(installed["HOME"]) / ".local/state/airflow-provider-dli/dli/obs"
    assert (buckets / found[1] / "_metadata").is_file()


def test_the_two_commands_are_there() -> None:
    commands = blocks("bash")[0].split("\n")
    assert commands[:2] == ["make demo", "make test"]
    for command in commands[:2]:
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_a_first_dag_takes_ten_lines() -> None:
    told = [line for line in blocks("python")[0].splitlines() if line.strip() and not line.startswith("#")]
    assert len(told) <= 10


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    for link in LINK.findall((ROOT / page).read_text()):
        assert ((ROOT / page).parent / link).exists(), f"{page}: {link}"


def test_every_page_is_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [page.name for page in ROOT.glob("docs/*.md") if f"docs/{page.name}" not in readme] == []
