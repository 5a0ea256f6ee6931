"""Many images on several builders: what a simulation over cache keys says of the work, and what real builders run."""
