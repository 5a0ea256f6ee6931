"""Stand-ins for the programs that the tests and the offline demonstration cannot fetch.

They are kairos-init (`kairos_init`), the program that turns a base image into a Kairos image, and AuroraBoot
(`auroraboot`), the program that makes ISOs and the like of one.
A stand-in checks its command line strictly and does little; its output states that it
is a stand-in.
"""
