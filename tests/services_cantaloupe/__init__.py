"""The delegate for Cantaloupe, run by JRuby against a real Lectern."""
