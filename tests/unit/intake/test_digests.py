"""A visit whose content did not change keeps the digest that earlier versions gave it."""

from datetime import date

import pytest

from services.intake.visit import Cover, Item, Named
from tests.unit.intake.visits import START, built

DAY = START.date()
WITH_ITEMS = {
    "items": (
        Item(match="96413", on=DAY), Item(match="29075", on=DAY, side="RT"),
        Item(match="24325-3", on=DAY),
    )
}
MEDICARE = {
    "cover": Cover(
        organisation="CMS-MEDICARE", member_id="M", starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
    )
}
VACCINE = {
    "items": (Item(match="immunization", on=DAY),) * 2, "diagnoses": (Named("Z23", ""),),
}


@pytest.mark.parametrize(("over", "shift", "digest"), [
    ({}, 0, "9b059c6cff3759066ba1fd009fb5fc6c"),
    ({}, 40, "222870734cfe82cf2fe26dcfa331c24c"),
    (WITH_ITEMS, 0, "bfc1d8c6f9464894e9b418114a6b5a9a"),
    (MEDICARE, 40, "cef85ab2bb75f1e88977982295376935"),
    ({"cover": Cover(organisation="US-SELFPAY")}, 0, "ce6a1d3a1656f42cbb7c2df649a4a6f8"),
    (VACCINE, 0, "284ba50bcffaf1758f7165df65b467ab"),
])
def test_an_unchanged_visit_has_the_digest_of_the_first_landing(
    over: dict[str, object], shift: int, digest: str
) -> None:
    assert built(shift, **over).digest.hex() == digest


def test_what_a_field_added_later_holds_counts() -> None:
    plain = built(encounter_class="emergency")
    said = built(encounter_class="emergency", department="oncology")
    assert len({plain.digest, said.digest, built().digest}) == 3
