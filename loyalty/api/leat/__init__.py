"""Leat's REST API on the built-in engine: routes and queries; what its JSON looks like is in loyalty.dialects.leat."""
