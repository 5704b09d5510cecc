"""`python -m netralstat` is the command `netralstat`."""

from netralstat.cli import main

if __name__ == "__main__":
    main()
