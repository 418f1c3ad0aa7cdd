"""Tables of the checks: rules and code lists."""
