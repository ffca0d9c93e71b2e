"""The `lumyn` command."""

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    raise SystemExit(2)
