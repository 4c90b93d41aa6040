"""Dialects: pure two-way translations between our values and somebody's JSON. No Django, no database, no clock."""
