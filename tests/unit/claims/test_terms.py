"""The terms of a site: who judges only makes no control number."""

import pytest

from services.claims import terms
from services.codes import reference
from services.phi.keys import SiteKey

PARTIES = reference.load(None)


def test_control_numbers_are_the_sites_and_terms_without_its_key_make_none():
    site = terms.of(SiteKey(b"t" * 32), PARTIES)
    number = site.control_number("ENC", "BCBS", 1, 1)

    assert len(number) == terms.CONTROL_LENGTH
    assert number != site.control_number("ENC", "BCBS", 2, 1)
    with pytest.raises(terms.UnsignedError, match="judge only"):
        terms.of(None, PARTIES).control_number("ENC", "BCBS", 1, 1)
