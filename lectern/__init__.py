"""The ground floor of Lectern: ids, word model, pack codec, catalogue and state stores, settings, clock."""

__version__ = "0.1.0"
