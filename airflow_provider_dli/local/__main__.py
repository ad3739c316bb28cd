"""Runs the command line."""

import sys

from airflow_provider_dli.local.command_line import main

sys.exit(main())
