"""Huawei Cloud DLI on this machine: the same answers as the cloud's, with jobs that run on a real Flink."""
