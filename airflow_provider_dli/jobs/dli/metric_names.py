"""What DLI's metrics of Flink jobs are called."""

from __future__ import annotations

from typing import Final

OF_JOB: Final = ("total_read_rate", "total_write_rate")
OF_STREAMS: Final = ("sources.records", "sources.corrupted_records", "sinks.records", "sinks.corrupted_records")
NAMES: Final = (*OF_JOB, *OF_STREAMS)
