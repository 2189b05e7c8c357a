"""The history of the schema; `HEAD` is the revision this code works with."""

HEAD = "0012"
