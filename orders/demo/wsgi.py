"""The WSGI application as the demo's web workers load it: each ends when the server that started it is gone."""

import multiprocessing
import os

from django.core.servers.basehttp import get_internal_wsgi_application

from orders.demo.follow import follow_parent

# The server starts its workers through multiprocessing, which knows their parent even where it is gone already.
_server = multiprocessing.parent_process()
follow_parent(_server.pid if _server and _server.pid else os.getppid())
application = get_internal_wsgi_application()
