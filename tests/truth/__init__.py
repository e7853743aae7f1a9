"""Our marts against numbers that others computed, on public data."""
