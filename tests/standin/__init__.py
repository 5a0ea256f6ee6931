"""Stand-ins for what the tests and the offline demonstration cannot fetch.

Today that is kairos-init alone (`kairos_init`), the program that turns a base image into a Kairos image.
A stand-in is strict about how it is called and modest about what it does, and it says that it is a
stand-in wherever a person can see it.
"""
