"""National Provider Identifier: ten digits, the last a Luhn check digit over 80840 and the rest.

Source: CMS, "NPI check digit" (45 CFR 162.406; ISO/IEC 7812 with the US health prefix 80840).
"""

from datetime import date

PREFIX_SUM = 24
"""What the constant prefix 80840 adds to the Luhn sum."""


def compact(npi: str) -> str:
    """Return the number without spaces and hyphens.

    >>> compact(" 1234-567-893")
    '1234567893'
    """
    return npi.replace(" ", "").replace("-", "")


def check_digit(nine: str) -> str:
    """Return the check digit of the first nine digits.

    >>> check_digit("123456789")
    '3'
    """
    total = PREFIX_SUM
    for place, digit in enumerate(map(int, nine)):
        doubled = digit if place % 2 else digit * 2
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def is_valid(npi: str, on: date | None = None) -> bool:
    """Say whether a number has the shape and the check digit of an NPI.

    >>> is_valid("1234567893"), is_valid("1234567890"), is_valid("")
    (True, False, False)
    """
    number = compact(npi)
    shaped = len(number) == 10 and number.isascii() and number.isdigit() and number[0] in "12"
    return shaped and check_digit(number[:9]) == number[9]


def validate(npi: str, on: date | None = None) -> str:
    """Return the compact number.

    Raises:
        ValueError: it is not an NPI.
    """
    if not is_valid(npi, on):
        raise ValueError("not an NPI: ten digits from 1 or 2 with a Luhn check digit over 80840")
    return compact(npi)


def describe(npi: str) -> str:
    """Say that this is an NPI: a number has no words of its own.

    >>> describe("1234567893")
    'National Provider Identifier'
    """
    return "National Provider Identifier" if is_valid(npi) else ""
