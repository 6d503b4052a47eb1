"""How many readers the whole of Lectern serves at once, and where the time goes: `python -m tests.load.readers`."""
