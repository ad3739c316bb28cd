"""Many experiments, several at a time."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from tests.crash.experiment import Experiment, Result
from tests.crash.lane import Lane
from tests.crash.stage import Stage
from tests.crash.tally import Tally


def conduct_all(
    stage: Stage,
    experiments: Sequence[Experiment],
    tell: Callable[[Result], None] = lambda result: None,
    lanes: int | None = None,
) -> list[Result]:
    """Conduct experiments, each in a lane that is free; return their results in the same order.

    :param stage: where.
    :param experiments: what is tried out.
    :param tell: is told each result at once.
    :param lanes: in how many lanes; None for all.
    """
    free: SimpleQueue[Lane] = SimpleQueue()
    for number in range(lanes or len(stage.wires)):
        free.put(Lane(stage, number))

    def conduct_one(experiment: Experiment) -> Result:
        lane = free.get()
        try:
            result = experiment.conduct(lane)
        except Exception as error:
            result = broken(experiment.named, error)
        finally:
            free.put(lane)
        tell(result)
        return result

    with ThreadPoolExecutor(len(stage.wires)) as pool:
        return list(pool.map(conduct_one, experiments))


def broken(named: tuple[str, str, str], error: Exception) -> Result:
    """Return the result of an experiment that itself has failed: nothing is known of what it was to show.

    :param named: which one; see :class:`.Experiment`.
    :param error: why it has failed.
    """
    tally = Tally(complaints=[f"the experiment itself failed: {error!r}"])
    return Result(*named, 0, tally, told="".join(traceback.format_exception(error)))
