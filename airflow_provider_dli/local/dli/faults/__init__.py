"""Faults that are asked for: what goes wrong between a caller and the cloud, when a test wants it to."""

from __future__ import annotations

from airflow_provider_dli.local.dli.faults.fault import Fault, Faults
from airflow_provider_dli.local.dli.faults.injection import FaultInjection

__all__ = ["Fault", "FaultInjection", "Faults"]
