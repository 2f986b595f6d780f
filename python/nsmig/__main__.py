"""``python -m nsmig``."""

from nsmig.cli import program

if __name__ == "__main__":
    program()
