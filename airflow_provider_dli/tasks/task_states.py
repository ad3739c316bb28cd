"""States of task instances, as a running task can ask Airflow for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from airflow_provider_dli.jobs.flink.orphans import TaskKey


def task_states(keys: Collection[TaskKey]) -> Mapping[TaskKey, str]:
    """Return the states of task instances; one that Airflow does not know, or that has no state, is left out.

    This works inside a task only.

    :param keys: the task instances.
    """
    found = {}
    for dag_id, task_id, map_index in {(key.dag_id, key.task_id, key.map_index) for key in keys}:
        runs = [key.run_id for key in keys if (key.dag_id, key.task_id, key.map_index) == (dag_id, task_id, map_index)]
        for run_id, state in _states(dag_id, task_id, map_index, sorted(set(runs))).items():
            if state:
                found[TaskKey(dag_id, run_id, task_id, map_index)] = str(state)
    return found


def _states(dag_id: str, task_id: str, map_index: int, run_ids: list[str]) -> Mapping[str, str | None]:
    """Return the states of one task in several runs, by run."""
    try:
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
    except ImportError:
        return _states_on_airflow_2(dag_id, task_id, map_index, run_ids)
    states = RuntimeTaskInstance.get_task_states(
        dag_id=dag_id, task_ids=[task_id], map_index=map_index, run_ids=run_ids
    )
    return {run_id: next(iter(tasks.values()), None) for run_id, tasks in states.items()}


def _states_on_airflow_2(dag_id: str, task_id: str, map_index: int, run_ids: list[str]) -> Mapping[str, str | None]:
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        query = session.query(TaskInstance.run_id, TaskInstance.state).filter(
            TaskInstance.dag_id == dag_id,
            TaskInstance.task_id == task_id,
            TaskInstance.map_index == map_index,
            TaskInstance.run_id.in_(run_ids),
        )
        return {row.run_id: row.state for row in query}
