"""The picture of a scene, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from airflow_provider_dli.local.demo.plan import DAGS
from airflow_provider_dli.local.demo.scene import RunSeen, Scene

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

#: Colours that each terminal sets for itself, so that they can be read on dark and on light.
_STYLES: Final = {
    "success": "green",
    "FINISHED": "green",
    "running": "cyan",
    "RUNNING": "cyan",
    "deferred": "magenta",
    "failed": "red",
    "upstream_failed": "red",
    "FAILED": "red",
}
_MARKS: Final = {"success": "✓", "failed": "✗", "upstream_failed": "✗", "": "·"}
#: What turns, for what is under way.
_WHEEL: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TURNS_A_SECOND: Final = 8


def picture(scene: Scene, told: Sequence[str], seconds: float, height: int | None) -> RenderableType:
    """Draw a scene.

    :param scene: what is seen.
    :param told: sentences that stand above it.
    :param seconds: since the start.
    :param height: how many lines there is room for; DAGs that have succeeded show no tasks where that is too few.
        None where there is room for all.
    """
    from rich.console import Group

    fold = height is not None and _lines(scene, told) > height
    dags = _dag_table(scene, _wheel(seconds), fold=fold)
    jobs: list[RenderableType] = [_job_table(scene), ""] if scene.jobs else []
    return Group(*told, "", dags, "", *jobs, f"{seconds:.0f} s")


def state_text(state: str) -> Text:
    """Return a state, of a task or a job, in its colour."""
    from rich.text import Text

    return Text(state, _STYLES.get(state, ""))


def _lines(scene: Scene, told: Sequence[str]) -> int:
    dags = len(DAGS) + sum(len(seen.tasks) for seen in scene.runs)
    # The others are headings and empty ones.
    return len(told) + dags + len(scene.jobs) + 5


def _dag_table(scene: Scene, wheel: str, *, fold: bool) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=30)
    table.add_column(min_width=10)
    table.add_column(justify="right", min_width=8)
    seen = {run.run.dag_id: run for run in scene.runs}
    for dag_id in DAGS:
        state = seen[dag_id].run.state if dag_id in seen else ""
        table.add_row(_marked(dag_id, state, wheel), state_text(state))
        if dag_id in seen and not (fold and state == "success"):
            _add_tasks(table, scene, seen[dag_id], wheel)
    return table


def _add_tasks(table: Table, scene: Scene, run: RunSeen, wheel: str) -> None:
    for task in run.tasks:
        duration = scene.duration(task)
        time = "" if duration is None else f"{duration:.1f} s"
        table.add_row(_marked(task.task_id, task.state, wheel, indent="  "), state_text(task.state), time)


def _job_table(scene: Scene) -> Table:
    from rich.table import Table

    table = Table("Flink job", "id", "state", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("tasks", "checkpoints", "savepoints", "records"):
        table.add_column(heading, justify="right")
    for seen in scene.jobs:
        table.add_row(
            seen.job.name,
            seen.job.id[:8],
            state_text(seen.job.status),
            f"{seen.at_work}/{seen.tasks}",
            f"{seen.checkpoints:,}",
            f"{len(seen.savepoints):,}",
            f"{seen.records:,}",
        )
    return table


def _marked(name: str, state: str, wheel: str, indent: str = "") -> Text:
    from rich.text import Text

    return Text.assemble(indent, (_MARKS.get(state, wheel), _STYLES.get(state, "")), " ", name)


def _wheel(seconds: float) -> str:
    return _WHEEL[int(seconds * _TURNS_A_SECOND) % len(_WHEEL)]
