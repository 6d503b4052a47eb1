"""Where our readers are known not to agree with the second reader yet: case -> what is wrong with ours."""

DIFFERENCES: dict[str, str] = {
    "alto/namespace-xsd-address": "an address ending in alto-1-4.xsd is one of ALTO's; no warning is due",
    "alto/refused-too-deep": "too deep a nesting has a name of its own in the list of traps",
    "alto/undefined-entity": "a word that is an undefined entity is lost in recovery",
    "alto/shape-malformed-points": "points that are no pairs of numbers should be passed over, not half read",
    "hocr/character-spans-without-word-class": "a blank character parts words",
    "hocr/pages-ppageno-complete": "ppageno, where complete and unique, is the order",
    "hocr/tags-in-capitals": "HTML in capitals that is well-formed XML is read as XML, where capitals count",
}
