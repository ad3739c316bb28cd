"""What the cloud is asked about identities: IAM, STS, a machine's metadata, a container's agent."""
