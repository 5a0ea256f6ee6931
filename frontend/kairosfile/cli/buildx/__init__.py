"""`docker buildx build` run for a person: its command line, its process, and what it tells of its progress.

Nothing here knows Kairos; what is built is given as plain values.
"""
