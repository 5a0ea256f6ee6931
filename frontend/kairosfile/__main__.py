"""`python -m kairosfile` is the command `kairosfile`."""

from kairosfile.cli import main

if __name__ == "__main__":
    main()
