"""The parts of the testbed: what to install, the database, the servers, and what is remembered between commands."""
