"""``python -m nsmig``."""

from nsmig.cli import main

if __name__ == "__main__":
    main()
