"""The twenty rules that viewers impose on a server, by number, with what each is about in a few words.

Breaking one was measured to hurt in a released viewer; a test that keeps one has `rule_N` in its name.
"""

RULES = {
    1: "search 1 stands in the service of the manifest, with its exact profile",
    2: "search 1 has a type, search 2 no profile",
    3: "no question mark in the id of a service",
    4: "a hit is on one string with whole pixels",
    5: "a hit's annotation is in the same answer",
    6: "match, before, after in plain text",
    7: "totals count hits, pages end",
    8: "errors are JSON with CORS",
    9: "suggestions always have terms",
    10: "a canvas is as large as its info.json says",
    11: "401 with the whole info.json",
    12: "auth services have a label and a profile that is a string",
    13: "where image and auth services stand in a manifest",
    14: "the token page",
    15: "login pages let go of no window and close themselves",
    16: "CORS on info.json",
    17: "CORS on tiles",
    18: "no external beside login",
    19: "a reduced picture has another id and the same size",
    20: "no percent sign in an image id",
}
