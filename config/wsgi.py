"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from config.charsets import with_text_encodings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = with_text_encodings(get_wsgi_application())
