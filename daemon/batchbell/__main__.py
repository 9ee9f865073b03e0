"""Where the process starts: `batchbell`, or `python -m batchbell`."""

from __future__ import annotations

import sys
from io import TextIOWrapper

#: A process ended by Ctrl-C. Source: the shell's convention, 128 + SIGINT.
INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        _print_whatever_comes()
        from batchbell.cli.root import root  # noqa: PLC0415  (Ctrl-C may come during the import)

        root(prog_name="batchbell")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _print_whatever_comes() -> None:
    """Let a character the terminal's encoding lacks come out escaped instead of ending us."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
