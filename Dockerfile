# The scheduler in a container. Build: docker build -t living-lab-scheduler .
# One image serves and works: `serve` (the default), `worker`, `migrate`, `backup`, `check`.
FROM python:3.13-slim-trixie AS built
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/scheduler
WORKDIR /source
# What is locked comes first: a change of ours installs none of it again.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --extra postgres --no-install-project
COPY config.py ./
COPY migrations migrations
COPY static static
COPY templates templates
COPY scheduler scheduler
RUN uv sync --frozen --no-dev --extra postgres --no-editable

FROM python:3.13-slim-trixie
# pg_dump and pg_restore, for `scheduler backup` and `restore`; they must be as new as the database's server.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /data scheduler && install --directory --owner=scheduler --mode=700 /data
COPY --from=built /opt/scheduler /opt/scheduler
ENV PATH=/opt/scheduler/bin:$PATH PYTHONUNBUFFERED=1 \
    SCHEDULER_ENV=production SCHEDULER_DATA_DIR=/data SCHEDULER_LOG=json
USER scheduler
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Only the name of SCHEDULER_BASE_URL is answered, so the question bears it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(web.Request('http://127.0.0.1:8000/healthz', headers={'Host': os.environ['SCHEDULER_BASE_URL'].split('/')[2]}), timeout=4)"]
ENTRYPOINT ["scheduler"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
