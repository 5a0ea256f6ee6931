"""The sub-commands: a module for each, named after it, with its arguments and its help.

`app` in each is a Typer application of one command. They are imported for `--help`, so they import nothing heavy
themselves: the function of a command imports the module that implements it.
"""
