"""Flink's SQL Gateway: its REST API, one small function an endpoint, and what differs between its API versions."""
