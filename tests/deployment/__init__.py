"""The same sign-in through every way to run Lectern: one process kind, and services of their own behind nginx."""
