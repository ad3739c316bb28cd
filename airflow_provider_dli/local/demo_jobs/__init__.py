"""Small jobs, in a jar that runs on Flink 1.15 to 2.x: for the demo, for tests, for trying things out.

The sources are in ``src/``; ``python -m airflow_provider_dli.local.demo_jobs.build`` makes the jar of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

JAR: Final = Path(__file__).with_name("demo-jobs.jar")

#: Counts ``--records`` records within ``--seconds`` (0: as fast as it can), then finishes.
BOUNDED_COUNT: Final = "demo.BoundedCount"
#: Counts ``--rate`` records a second for ``--duration`` seconds (0: until it is stopped), with checkpoints.
STREAMING_COUNT: Final = "demo.StreamingCount"
#: Has a ``main()`` that throws, forgets to run a job, or takes its time: ``--mode``.
MISBEHAVING: Final = "demo.Misbehaving"
#: Runs a script of SQL statements, ``--sql`` in base64; all its INSERTs are one job.
SQL_RUNNER: Final = "demo.SqlRunner"
#: Starts several bounded jobs: ``--steps`` says how.
SEVERAL_JOBS: Final = "demo.SeveralJobs"
