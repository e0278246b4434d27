"""python -m hoofbeat: the command line."""

from hoofbeat.apps.cli import main

if __name__ == "__main__":
    main()
