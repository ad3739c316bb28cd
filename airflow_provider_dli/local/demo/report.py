"""The end of the demo: what came of it, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from airflow_provider_dli.local.demo.claims import Claim
from airflow_provider_dli.local.demo.outcome import Outcome, SavepointFiles, StreamOnDli, TaskFailure
from airflow_provider_dli.local.demo.picture import state_text
from airflow_provider_dli.local.demo.plan import TaskName
from airflow_provider_dli.local.demo.scene import Scene

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def report(outcome: Outcome, claims: Sequence[Claim], seconds: float, console: Console) -> None:
    """Print what came of it all.

    :param outcome: what came of it all.
    :param claims: what the demo claims, checked.
    :param seconds: how long it took.
    :param console: where to.
    """
    console.print()
    console.print(_job_table(outcome.scene))
    if outcome.savepoints:
        _savepoints(outcome.savepoints, console)
    if outcome.on_dli:
        _on_dli(outcome.on_dli, console)
    _pages(outcome.scene, console)
    for failure in outcome.failures:
        _failure(failure, console)
    _heading("What was claimed", console)
    for claim in claims:
        _claim(claim, console)
    _verdict(claims, seconds, console)


def _job_table(scene: Scene) -> Table:
    from rich.table import Table

    table = Table("Flink job", "id", "state", box=None, padding=(0, 2, 0, 0))
    for heading in ("duration", "checkpoints", "records", "restored"):
        table.add_column(heading, justify="right")
    for seen in scene.jobs:
        table.add_row(
            seen.job.name,
            seen.job.id[:8],
            state_text(seen.job.status),
            f"{scene.duration(seen.job) or 0:.1f} s",
            f"{seen.checkpoints:,}",
            f"{seen.records:,}",
            f"{seen.restored:,}" if seen.restored else "-",
        )
    return table


def _savepoints(savepoints: Mapping[TaskName, SavepointFiles], console: Console) -> None:
    _heading("Savepoints", console)
    for task, files in savepoints.items():
        size = "nothing there" if files.size is None else f"{files.size:,} bytes"
        console.print(f"{task}, {size}")
        _line(files.path, console)


def _on_dli(stream: StreamOnDli, console: Console) -> None:
    _heading("On DLI", console)
    console.print(f"{stream.name}, job {stream.job_id}, {stream.status}")
    _line(stream.page, console)


def _pages(scene: Scene, console: Console) -> None:
    _heading("Pages", console)
    for page in (*(seen.page for seen in scene.runs), *(seen.page for seen in scene.jobs)):
        _line(page, console)


def _failure(failure: TaskFailure, console: Console) -> None:
    _heading(f"{failure.task} failed: {failure.error}", console)
    for line in failure.log:
        _line(line, console)


def _claim(claim: Claim, console: Console) -> None:
    console.print(f"{'✓' if claim.held else '✗'} {claim.says}", style="green" if claim.held else "red")
    for trouble in claim.troubles:
        _line(trouble, console)


def _verdict(claims: Sequence[Claim], seconds: float, console: Console) -> None:
    broken = sum(not claim.held for claim in claims)
    verdict = f"{broken} of {len(claims)} claims did not hold" if broken else "all of it held"
    console.print(f"\nTook {seconds:.0f} s; {verdict}.", style="bold red" if broken else "bold green")


def _heading(text: str, console: Console) -> None:
    console.print(f"\n{text}", style="bold", soft_wrap=True)


def _line(text: str, console: Console) -> None:
    # An address or a path that was broken into two cannot be clicked or copied.
    console.print(f"  {text}", soft_wrap=True)
