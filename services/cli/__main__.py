"""``python -m services.cli``: how the supervisor starts a program of the same installation."""

from services.cli import main

main()
