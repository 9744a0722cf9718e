"""`python -m bingosim` is the `bingosim` command."""

from bingosim.cli import main

if __name__ == "__main__":
    main()
