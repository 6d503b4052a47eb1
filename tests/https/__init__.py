"""Behind a gateway that speaks TLS: every address that Lectern gives is https and of its public URL."""
