"""Leat's JSON: codes of refusals, moments, pages, and one module per thing that it has objects for."""
