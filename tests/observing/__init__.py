"""What operators see: metrics, logs with one id, traces, alerts; of real servers, by real programs."""
