# The image of web, worker and beat: one image, three commands (compose.yaml).
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt .
# Every package is pinned and its hash is known; nothing is compiled here.
RUN /opt/venv/bin/pip install --require-hashes --only-binary=:all: -r requirements.txt

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/var/lib/tableside
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin tableside \
    && mkdir -p /app "$VAR_DIR/media" "$VAR_DIR/queue/control" \
    && chown -R tableside "$VAR_DIR"
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY config config
COPY loyalty loyalty
COPY menu menu
COPY orders orders
COPY static static
COPY templates templates
COPY locale locale
USER tableside
# Static files are hashed and compressed into the image; the key is for this command alone and stays nowhere.
RUN SECRET_KEY=only-for-collecting python manage.py collectstatic --no-input --verbosity 0
EXPOSE 8000
# Any answer at all: which hosts are allowed is the installation's own affair.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=2); c.request('GET', '/healthz'); c.getresponse()"]
# Two processes of one thread each: the fastest way to serve these pages (docs/adr/0011).
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "1", "--log-level", "warning", "--respawn-failed-workers", "config.wsgi:application"]
