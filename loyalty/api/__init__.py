"""Inbound HTTP that speaks other programs' dialects: what all of them share is here, each dialect's routes in its folder."""

from ninja import Schema

# Ninja makes a model of every answer, though only our OpenAPI document ever asks it anything. Building them all took a
# sixth of the time that a web process needs to start, so each is built when it is asked.
Schema.model_config["defer_build"] = True
