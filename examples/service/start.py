"""A service that brings its database up to date when it starts, however many of it start at once."""

import nsmig

history = nsmig.History.load("migrations")
with nsmig.connect("db") as database:
    applied = nsmig.run(history, database, lock_timeout=300)

print(f"{applied} applied; now serving")
