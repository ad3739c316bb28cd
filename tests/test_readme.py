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
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON", "VIRTUAL"))}
    return clean | {
        "PATH": f"{venv / 'bin'}{os.pathsep}{clean['PATH']}",
        "PIP_CONSTRAINT": str(ROOT / "constraints" / "airflow-3.txt"),
        "XDG_STATE_HOME": str(venv.parent / "state"),
    }


@pytest.mark.live
def test_the_first_dag_runs_as_the_readme_tells(stranger: dict[str, str], tmp_path: Path) -> None:
    _, install, try_it = blocks("bash")
    (first_dag,) = blocks("python")
    (tmp_path / first_dag.split("\n", 1)[0].removeprefix("# ")).write_text(first_dag)
    run(install, ROOT, stranger)
    try:
        told = run(try_it, tmp_path, stranger)
    finally:
        subprocess.run(["python", "-m", "airflow_provider_dli.local", "down"], env=stranger, cwd=tmp_path, check=False)
    assert re.search(r"Savepoint file:\S+savepoint-\S+; the job is FINISHED", told)


def test_the_two_commands_are_there() -> None:
    commands = blocks("bash")[0].split("\n")
    assert commands[:2] == ["make demo", "make test"]
    for command in commands[:2]:
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_a_first_dag_takes_ten_lines() -> None:
    (first_dag,) = blocks("python")
    told = [line for line in first_dag.splitlines() if line.strip() and not line.startswith("#")]
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
