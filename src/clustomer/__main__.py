"""``python -m clustomer``: the command line where the script is not on the path."""

from clustomer.cli import main

if __name__ == "__main__":
    main()
