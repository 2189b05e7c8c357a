"""What is kept: typed tables, sessions, queries and migrations."""
