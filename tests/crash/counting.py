"""Counting what is left under an experiment's name, on any back end."""

from __future__ import annotations

from collections.abc import Container

from tests.crash.back_ends import BackEnd, flink_jobs
from tests.crash.cases import Conf
from tests.crash.lane import Lane, Outcome
from tests.crash.tally import Tally


def count(on: BackEnd, lane: Lane, name: str, known: Container[str], *, jobs: int, savepoints: int = 0) -> Tally:
    """Count the jobs that were started under a name, and the savepoints that were made of them.

    :param on: where they are.
    :param lane: where the experiment was.
    :param name: the name.
    :param known: what tells the paths of savepoints: one that is not in it is lost.
    :param jobs: how many there should be.
    :param savepoints: how many there should be.
    """
    made = on.savepoints(lane, name)
    lost = [path for path in made if path not in known]
    return Tally(len(flink_jobs(lane, name)), jobs, len(made), savepoints, lost)


def count_after_success(
    on: BackEnd, lane: Lane, conf: Conf, outcome: Outcome, *, jobs: int, savepoints: int = 0
) -> Tally:
    """Count what is there after a run that should have succeeded; a path is lost that no XCom tells.

    :param on: where it is.
    :param lane: where the experiment was.
    :param conf: what the run was told.
    :param outcome: what became of it.
    :param jobs: how many there should be.
    :param savepoints: how many there should be.
    """
    known = (*outcome.xcoms.values(), conf.get("path"))
    tally = count(on, lane, conf["name"], known, jobs=jobs, savepoints=savepoints)
    tally.expect_end(outcome.state, "success")
    return tally
