"""The `lint` section, the checks that only warn, and suppressions."""

# The build arg of Docker that suppresses warnings of a file.
SUPPRESSING_ARG = "BUILDKIT_DOCKERFILE_CHECK"
