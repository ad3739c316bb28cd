"""What stands in front of all operations: request ids, credentials, projects, and the refusal of what is not there."""
