"""Headers that keep a browser strict, for every kind of answer (TH-07, TH-24)."""

STRICT = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}  # every answer has these
NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# Of files that others made, or whose words they made: whoever opens one as a page gets a page that can do nothing, and
# for a part of another page the policy does not count.
INERT = {"Content-Security-Policy": f"sandbox; {NOTHING}"}
# What every page has unless it says something else. Nothing here asks a reader for any of these powers, and no viewer
# that is shown here does.
OF_PAGES = {
    "Content-Security-Policy": NOTHING,
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
}
