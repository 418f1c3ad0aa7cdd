"""A bill on our side: how it is suggested, corrected, grouped, kept; the only writer of `coded`."""
