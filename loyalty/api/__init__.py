"""Inbound HTTP that speaks other programs' dialects: what all of them share is here, each dialect's routes in its folder."""
