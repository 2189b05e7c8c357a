"""A comparison for everyone else: tables for spreadsheets and programs, and a report to print.

`table` says which columns there are (`docs/exports.md` lists them), `wide`, `long` and `xlsx` write them,
`report` is a page to print, `questionnaire` goes to a vendor and comes back.
"""
