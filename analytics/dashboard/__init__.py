"""The tenant's day on a page, from the gold tables: for people who look rather than read (spec F3)."""
