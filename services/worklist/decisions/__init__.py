"""What people decide: each move with its guards, its form, its letter and its effect."""
