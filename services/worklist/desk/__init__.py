"""What stands beside the editor of codes: search, findings, money, what would go out."""
