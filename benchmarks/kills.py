# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Kill the daemon at random moments, again and again, and count what was lost and what repeated.

Run it from the project's folder: `.venv/bin/python -m benchmarks.kills [--kills 1000]`. Jobs move
all the time, messages go to a real webhook and a real mail server. Exits with 1 if anything was
lost, told in two messages or altered, or if anything was repeated that was not in flight, or more
than is allowed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.kills import Figures, run_campaign

#: Repeated messages for each kill, on both channels together.
MOST_REPEATED_PER_KILL = 0.1
#: After so many kills a campaign ends and is counted, and another begins with a new database.
KILLS_PER_CAMPAIGN = 100


def main() -> None:
    """Run the campaigns one after the other and print the figures."""
    wanted = _arguments()
    figures, began = Figures(), time.monotonic()
    while figures.kills < wanted.kills:
        kills = min(KILLS_PER_CAMPAIGN, wanted.kills - figures.kills)
        with tempfile.TemporaryDirectory() as folder:
            figures += run_campaign(
                Path(folder), kills, seed=wanted.seed + figures.kills, cold=wanted.cold
            )
        print(f"{time.monotonic() - began:6.0f} s  {_sentence(figures)}", flush=True)
    bad = figures.lost or figures.told_twice or figures.not_in_flight or figures.altered
    sys.exit(int(bool(bad) or figures.repeated > MOST_REPEATED_PER_KILL * figures.kills))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument(
        "--cold", action="store_true", help="start each daemon from scratch, imports included"
    )
    return parser.parse_args()


def _sentence(figures: Figures) -> str:
    return (
        f"{figures.kills} kills, {figures.transitions} transitions on 2 channels: "
        f"{figures.lost} lost, {figures.told_twice} told twice, {figures.altered} altered, "
        f"{figures.not_in_flight} repeated that was not in flight; "
        f"{figures.messages} messages, {figures.repeated} of them repeated "
        f"({figures.repeated / figures.kills:.3f} a kill)"
    )


if __name__ == "__main__":
    main()
