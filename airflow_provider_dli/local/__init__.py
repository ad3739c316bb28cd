"""A real Flink on this machine, for trying things out, for the demo and for tests (extra ``[local]``)."""
