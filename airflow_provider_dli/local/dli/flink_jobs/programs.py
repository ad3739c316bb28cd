"""What a Flink job of DLI is as a program for Flink."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.local.dli.flink import FlinkRunner, NotStartedError, SqlScript
from airflow_provider_dli.local.dli.flink_jobs.checks import settings_in
from airflow_provider_dli.local.dli.flink_jobs.members import JAR_JOB
from airflow_provider_dli.local.dli.obs import BadObsAddressError, ObjectStore
from airflow_provider_dli.local.dli.resources import obs_path
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: So often a job may start again that may do so without limit.
_WITHOUT_LIMIT: Final = str(2**31 - 1)
#: How long it waits until it does.
_PAUSE: Final = "1 s"
_MODES: Final = {"exactly_once": "EXACTLY_ONCE", "at_least_once": "AT_LEAST_ONCE"}


def start(services: Services, runner: FlinkRunner, job: Document) -> None:
    """Submit a job's program; where it runs already, that is it.

    :param services: what every group is given.
    :param runner: the Flink.
    :param job: the job, with a run.
    :raises NotStartedError: when it cannot be run, or Flink refuses it.
    :raises FlinkTroubleError: when Flink gave no clear answer.
    """
    store = ObjectStore(services.settings.obs)
    try:
        if job["job_type"] == JAR_JOB:
            _start_jar(services, runner, job, store)
        else:
            _start_sql(runner, job, store)
    except BadObsAddressError as error:
        raise NotStartedError(str(error)) from error


def _start_jar(services: Services, runner: FlinkRunner, job: Document, store: ObjectStore) -> None:
    jar = _jar(services, job["config"]["entrypoint"], store)
    # Further jars and files are kept and shown, and not used: a program sees its own jar and what Flink has.
    # How quoted words are read is told nowhere; documents say that spaces separate.
    arguments = (job.get("entrypoint_args") or "").split()
    program = _program(job, store, entry_class=job.get("main_class") or None, arguments=arguments)
    runner.run(job["run"]["flink_job_id"], jar, program)


def _start_sql(runner: FlinkRunner, job: Document, store: ObjectStore) -> None:
    script = SqlScript(store.localized(job["sql_body"]), name=job["name"])
    started = runner.run_sql(script, job_id=job["run"]["flink_job_id"], program=_program(job, store))
    if started is None:
        raise NotStartedError("The SQL of the job has no INSERT, so there is nothing that could run.")


def _jar(services: Services, entrypoint: str, store: ObjectStore) -> Path:
    """Return the file of a jar, which is told by its place in OBS or as an uploaded package."""
    place = obs_path(services, entrypoint) or entrypoint
    path = store.path(place)
    if not path.is_file():
        raise NotStartedError(f"There is no jar at {place}: upload it to OBS, or correct entrypoint.")
    return path


def _program(job: Document, store: ObjectStore, **entry: Any) -> Program:
    restored_from = job["run"]["restored_from"]
    return Program(
        **entry,
        parallelism=_parallelism(job["config"]),
        configuration=configuration(job, store),
        savepoint_path=store.path(restored_from).absolute().as_uri() if restored_from else None,
    )


def _parallelism(config: Document) -> int | None:
    resources = config.get("resource_config") or {}
    given = resources.get("parallel_number") if config.get("resource_config_version") == "v2" else None
    parallelism: int | None = given or config.get("parallel_number")
    return parallelism


def configuration(job: Document, store: ObjectStore) -> dict[str, str]:
    """Return the settings of Flink for a job; those in its ``runtime_config`` win.

    :param job: the job.
    :param store: where its checkpoints go.
    """
    config = job["config"]
    return {
        "pipeline.name": job["name"],
        **_restarts(config),
        **_checkpoints(config),
        **_checkpoint_folder(job, store),
        **settings_in(config.get("runtime_config")),
    }


def _restarts(config: Document) -> dict[str, str]:
    """Return the restart strategy; one of the program's own wins."""
    most = config.get("resume_max_num") or -1
    if not config.get("restart_when_exception"):
        return _strategy("none")
    if most < 0:
        return _strategy("fixed-delay", attempts=_WITHOUT_LIMIT, delay=_PAUSE)
    rate = {"max-failures-per-interval": str(most), "failure-rate-interval": "1 h"}
    return _strategy("failure-rate", **rate, delay=_PAUSE)


def _strategy(name: str, **settings: str) -> dict[str, str]:
    """Return a restart strategy, by its key up to Flink 1.18 and by the one since."""
    own = {f"restart-strategy.{name}.{key}": value for key, value in settings.items()}
    return {"restart-strategy": name, "restart-strategy.type": name, **own}


def _checkpoints(config: Document) -> dict[str, str]:
    if not config.get("checkpoint_enabled"):
        return {}
    return {
        "execution.checkpointing.interval": f"{config['checkpoint_interval']} s",
        "execution.checkpointing.mode": _MODES[config["checkpoint_mode"]],
    }


def _checkpoint_folder(job: Document, store: ObjectStore) -> dict[str, str]:
    """Keep checkpoints in OBS, also those of a job that was stopped: they may be imported."""
    bucket = job["config"].get("obs_bucket")
    place = job["config"].get("checkpoint_path") or (bucket and f"{bucket}/jobs/checkpoint/{job['job_id']}")
    if not place:
        return {}
    return {
        "state.checkpoints.dir": store.path(place).absolute().as_uri(),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    }
