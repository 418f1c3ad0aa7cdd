"""Put a sender and a receiver together from settings."""

from sqlalchemy import Engine

from services.codes import reference as codes_reference
from services.gateway import partners as partner_file
from services.gateway.channel import Channel
from services.gateway.folders import Folders
from services.gateway.partners import InvalidPartners, Partner
from services.gateway.receive import Receiver
from services.gateway.send import Sender
from services.phi.keys import SiteKey
from services.settings import Settings

CLOSED = "gateway.closed"


def build(settings: Settings, engine: Engine, site: SiteKey) -> tuple[Sender, Receiver]:
    """Return both halves; the exchange folders are made.

    Raises:
        services.codes.reference.InvalidReference: the parties cannot be read.
        InvalidPartners: the partners cannot be read, or a payer has none.
    """
    reference = codes_reference.load(settings.reference)
    own = settings.reference / "partners.csv" if settings.reference else None
    found = partner_file.load(own if own and own.is_file() else partner_file.PACKAGED)
    missing = sorted(set(reference.payers) - set(found))
    if missing:
        raise InvalidPartners(f"no trading partner for payer {missing[0]}: add it to partners.csv")
    folders = {payer: _channel(settings, partner) for payer, partner in found.items()}
    for one in folders.values():
        one.make()
    payees = {f.npi for f in reference.facilities.values()}
    payees |= {f.tax_id for f in reference.facilities.values()}
    sender = Sender(
        engine, settings.clock, site, reference, found, folders, settings.home / CLOSED
    )
    return sender, Receiver(engine, settings.clock, site, frozenset(payees), found, folders)


def _channel(settings: Settings, partner: Partner) -> Channel:
    local = Folders(settings.exchange_folder / partner.payer_id)
    if partner.sftp is None:
        return local
    from services.gateway.sftp import Remote

    return Remote(local, partner.sftp, settings.sftp_key_folder)
