"""A matrix as a bake file: what is asked for, which images can be built, and the targets that build them."""
