"""Sensors: conditions become waits."""
