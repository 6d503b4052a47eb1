"""Search: analysis, query language, engine, evaluator, hits, Content Search JSON; knows no HTTP (DESIGN section 1)."""
