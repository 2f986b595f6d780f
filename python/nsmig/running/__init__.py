"""A history meets a database: what has to run, the loop that carries it out, and how the two compare."""
