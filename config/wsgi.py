"""The WSGI application that granian serves."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.charsets import with_text_encodings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# What is loaded here stays until the process ends: the garbage collector need not look through it, now or ever again.
gc.disable()
application = with_text_encodings(get_wsgi_application())
# All views, before the first request has to wait for them.
import_module(settings.ROOT_URLCONF)
gc.freeze()
gc.enable()
