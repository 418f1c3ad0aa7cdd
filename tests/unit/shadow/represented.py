"""A host's claim as the shadow reads and represents it."""

from services.codes import reference
from services.phi.keys import SiteKey
from services.shadow import build, hostclaim, payers
from services.shadow.codingfile import Coding
from services.x12 import envelope
from tests.unit.shadow.host import DAY, Claim, claims_file

SITE = SiteKey(b"k" * 32)
PAYERS = payers.Payers(reference.load())
AMY = Coding("HAR-0001", "amy", DAY, "coder")


def host(claim: Claim) -> hostclaim.HostClaim:
    """Return a claim as it is read from the host's file."""
    [transaction] = envelope.read([claims_file(claim)])
    [found] = hostclaim.claims(transaction)
    return found


def built(claim: Claim, *rows: Coding) -> build.Built:
    """Return what the shadow makes of it, given who coded it."""
    return build.build(host(claim), rows, SITE, PAYERS)
