"""kairos."""
