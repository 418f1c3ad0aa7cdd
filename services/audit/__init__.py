"""The audit: a second opinion on everything that was delivered, by code of its own.

    cut (ledger, offsets, ends) -> topics and tables up to it -> one result an invariant

It imports neither the processors nor the rules they apply (an import contract sees to it).
"""
