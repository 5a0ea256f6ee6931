"""What a change costs on a fresh CI runner, against the generic Kairos Dockerfile."""
