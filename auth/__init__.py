"""Who may see what: policies, one decision, sessions, tokens, Auth 1 and 2 JSON; knows no HTTP (DESIGN section 1)."""
