"""How each viewer is worked: one driver a viewer, all with the verbs of `base.Driver`."""
