"""Background runs that every session shares: service, dispatcher, engine, workers and store."""
