"""pyx12's verdict on what the payer writes."""

import io

from pyx12.params import params
from pyx12.x12n_document import x12n_document


def accepted_by_pyx12(text: str) -> bool:
    """Validate against pyx12's map; its list of remark codes ends before N822 came into use."""
    told = params()
    told.set("exclude_external_codes", "remark_code")
    return bool(x12n_document(told, io.StringIO(text), None, None))
