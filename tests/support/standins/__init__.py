"""Stand-ins for what the tests and the offline demonstration cannot fetch.

They are kairos-init (`kairos_init`), the program that turns a base image into a Kairos image, and AuroraBoot
(`auroraboot`), the program that makes ISOs and the like of one.
A stand-in is strict about how it is called and modest about what it does, and it says that it is a
stand-in wherever a person can see it.
"""
