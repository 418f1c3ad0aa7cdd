"""``make fault ARGS='--seeds N'``: many runs of the whole loop under random faults."""

import argparse
import sys

from tests.fault import campaign


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(prog="tests.fault", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many runs")
    parser.add_argument("--first", type=int, default=1, help="number of the first seed")
    parser.add_argument("--verbose", action="store_true", help="print every fault as it happens")
    told = parser.parse_args()
    says = print if told.verbose else lambda line: None
    return campaign.run(told.first, told.seeds, says)


if __name__ == "__main__":
    sys.exit(main())
