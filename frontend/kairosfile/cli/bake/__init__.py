"""A matrix as a bake file: its options, the images that can be built, and their targets."""
