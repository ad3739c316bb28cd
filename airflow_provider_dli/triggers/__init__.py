"""Triggers: waits go on without a worker."""
