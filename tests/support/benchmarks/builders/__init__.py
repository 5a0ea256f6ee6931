"""Many images on several builders: the work by a simulation over cache keys, and the steps of real builders."""
