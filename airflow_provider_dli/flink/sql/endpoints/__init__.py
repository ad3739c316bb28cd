"""The operations of the SQL Gateway's REST API, one module for each part of it."""
