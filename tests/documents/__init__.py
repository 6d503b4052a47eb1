"""Pages whose commands are executed as they stand."""
