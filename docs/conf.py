"""How Sphinx makes the site of docs/ (`make site`); nothing in the built pages is fetched from elsewhere."""

project = "Lectern"
author = "Lectern"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Lectern"
html_copy_source = False
html_show_sphinx = False
myst_heading_anchors = 4
# Samples of nginx, hOCR and the like are shown as they are; a lexer that stumbles over one says nothing about us.
# Links to files outside docs/ lead somewhere in a checkout (tests/house/test_documents.py), and are no pages here.
suppress_warnings = ["misc.highlighting_failure", "myst.xref_missing"]
