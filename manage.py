#!/usr/bin/env python
"""Tableside's command line."""

import os
import sys
from pathlib import Path

if sys.dont_write_bytecode and sys.argv[1:2] == ["demo"]:
    # The demo's six processes import the same code. Where nothing may be compiled beside the sources, do it under var/,
    # once instead of six times: it halves the time until the demo is ready.
    sys.pycache_prefix = str(Path(__file__).resolve().parent / "var" / "pycache")
    sys.dont_write_bytecode = False

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
