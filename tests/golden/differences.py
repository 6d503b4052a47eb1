"""Where our readers are known not to agree with the second reader yet: case -> what is wrong with ours."""

DIFFERENCES: dict[str, str] = {}
