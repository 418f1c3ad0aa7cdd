"""What cannot be in a ledger that is right: sentences, and the query of what each is true of."""

# ruff: noqa: S608 - all of it is text of our own

ACCOUNTS = (
    "receivable", "revenue", "cash", "patient", "adjustment", "suspense", "recoupment", "interest",
    "withheld", "provider",
)  # fmt: skip
_IN = ", ".join(repr(account) for account in ACCOUNTS)
_CREDITED = (
    "sum(case when debit = '{0}' then amount_cents else 0 end)"
    " - sum(case when credit = '{0}' then amount_cents else 0 end)"
)
_CASH = _CREDITED.format("cash")
_OPEN = _CREDITED.format("receivable")
_BALANCE = (
    f"select control_number, {_OPEN} as open,"
    " sum(case when debit = 'receivable' then amount_cents else 0 end) as charged,"
    " sum(case when credit = 'receivable' and debit = 'cash' then amount_cents else 0 end) as paid,"
    " sum(case when credit = 'receivable' and debit = 'adjustment' then amount_cents else 0 end)"
    " as adjusted,"
    " sum(case when credit = 'receivable' and debit = 'patient' then amount_cents else 0 end)"
    " as patient from posting where 'receivable' in (debit, credit) group by control_number"
)
_SUMS = (
    "(select string_agg(k, ' ' order by k) from (select concat_ws('/', line_id, debit, credit,"
    " reason, {sign} * sum(amount_cents)) as k from posting p where p.remittance_id = {id}"
    " and p.ordinal = {ordinal} group by line_id, debit, credit, reason"
    " having sum(amount_cents) <> 0) as x)"
)
_SENT = (
    "(g.state not in ('ready', 'intent', 'refused', 'closed') or g.state = 'closed' and exists"
    " (select from claim_move m where m.control_number = g.control_number and m.after in"
    " ('sent', 'unknown', 'received', 'pending', 'rejected', 'adjudicated')))"
)
COUNTS = {
    "posted": "select count(*) from remittance",
    "cash_cents": f"select {_CASH} from posting",
    "postings": "select count(*) from posting",
    "charged_cents": f"select sum(charged) from ({_BALANCE}) b",
    "open_cents": f"select sum(open) from ({_BALANCE}) b",
    "suspense_cents": f"select -({_CREDITED.format('suspense')}) from posting",
    "occurrences": "select count(*) from remittance_claim",
    "suspense": "select count(*) from remittance_claim where not matched",
    "reversals": "select count(*) from remittance_claim where reverses_id is not null",
    "held": "select count(*) from inbound_file where state = 'held'",
    "released": "select count(*) from inbound_file where state = 'released'",
}
CONTRADICTIONS = {
    "a journal does not sum to zero": (
        "select journal_id from (select journal_id, debit as account, amount_cents as cents"
        " from posting union all select journal_id, credit, -amount_cents from posting) sides"
        f" group by journal_id having sum(cents) <> 0 or not bool_and(account in ({_IN}))"
    ),
    "the postings of a remittance are not what it paid": (
        "select r.remittance_id from remittance r left join posting p"
        " on p.journal_id = r.remittance_id"
        f" group by r.remittance_id, r.paid_cents having coalesce({_CASH}, 0) <> r.paid_cents"
    ),
    "cash was posted that no remittance paid": (
        "select journal_id from posting left join remittance r on r.remittance_id = journal_id"
        f" where r.remittance_id is null group by journal_id having {_CASH} <> 0"
    ),
    "paid, adjusted, patient share and open balance of a claim are not its charge": (
        f"select g.control_number from gateway_claim g left join ({_BALANCE}) b"
        " using (control_number) left join interchange i using (interchange_id)"
        f" where case when {_SENT} and g.frequency <> '8'"
        " then g.charge_cents else 0 end <> coalesce(b.charged, 0) and not"
        " (coalesce(b.charged, 0) = 0 and (g.state = 'unknown' or i.state <> 'sent'))"
        " or coalesce(b.charged <> b.paid + b.adjusted + b.patient + b.open, false)"
    ),
    "the balance of a claim is posted to a claim that is not ours": (
        f"select control_number from ({_BALANCE}) b where not exists"
        " (select from gateway_claim g where g.control_number = b.control_number)"
    ),
    "what was taken off a claim's balance is not what the occurrence charged": (
        "select c.control_number from remittance_claim c left join posting p"
        " on p.remittance_id = c.remittance_id and p.ordinal = c.ordinal"
        " and p.credit = 'receivable' where c.matched and c.status <> '25'"
        " group by c.remittance_id, c.ordinal, c.control_number, c.charge_cents"
        " having coalesce(sum(p.amount_cents), 0) <> c.charge_cents"
    ),
    "a reversal is not the exact negation of what it undoes": (
        "select c.control_number from remittance_claim c left join remittance_claim o"
        " on o.remittance_id = c.reverses_id and o.ordinal = c.reverses_ordinal"
        " where c.reverses_id is not null and (o.control_number is distinct from c.control_number"
        " or not o.matched or o.status in ('22', '25') or c.status <> '22' or "
        + _SUMS.format(sign="1", id="c.remittance_id", ordinal="c.ordinal")
        + " is distinct from "
        + _SUMS.format(sign="-1", id="c.reverses_id", ordinal="c.reverses_ordinal")
        + ")"
    ),
    "an occurrence was undone twice": (
        "select reverses_id from remittance_claim where reverses_id is not null"
        " group by reverses_id, reverses_ordinal having count(*) > 1"
    ),
    "a remittance counts other money to suspense than was posted there": (
        "select r.remittance_id from remittance r left join posting p"
        " on p.journal_id = r.remittance_id and p.credit = 'suspense'"
        " group by r.remittance_id, r.suspense_cents"
        " having coalesce(sum(p.amount_cents), 0) <> r.suspense_cents"
    ),
    "the count of occurrences of a remittance is not what it says": (
        "select r.remittance_id from remittance r left join remittance_claim c"
        " using (remittance_id) group by r.remittance_id, r.claims"
        " having count(c.ordinal) <> r.claims"
    ),
    "a remittance was posted from a file that was not to be posted": (
        "select r.remittance_id from remittance r join inbound_file f using (file_id)"
        " where f.state not in ('posted', 'released')"
    ),
    "a file was released without the word of two people, one a supervisor": (
        "select f.file_id from inbound_file f left join release_approval a using (file_id)"
        " where f.state = 'released' group by f.file_id having count(distinct a.person) < 2"
        " or not coalesce(bool_or(a.role = 'supervisor'), false)"
    ),
    "two payments were posted under one key": (
        "select trace from remittance where paid_cents <> 0"
        " group by payer_key, trace, paid_cents, paid_on, payee_npi having count(*) > 1"
    ),
    "two remittances with one key and one content were posted": (
        "select trace from remittance group by payer_key, trace, paid_cents, paid_on, payee_npi,"
        " content_hash having count(*) > 1"
    ),
}
WHEN_IDLE = {
    "a claim that another stands for, or that was closed, has a balance": (
        f"select control_number from gateway_claim join ({_BALANCE}) b"
        " using (control_number) where state in ('corrected', 'voided', 'closed') and open <> 0"
    ),
}
