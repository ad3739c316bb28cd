"""DLI as a back end: its Flink jobs, Spark batches and SQL jobs, told in the words of all back ends."""
