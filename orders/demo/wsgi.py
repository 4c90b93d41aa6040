"""The WSGI application as the demo's web workers load it: each ends when the server that started it is gone."""

import os

from django.core.wsgi import get_wsgi_application

from orders.demo.follow import follow_parent

follow_parent(os.getppid())
application = get_wsgi_application()
