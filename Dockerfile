# One image for all services: `lectern serve NAME`, as compose.yaml runs it. What builds is not in it: no Node, no pip,
# no tools of a build. Lock files come first, so that a change of the code fetches nothing anew.

FROM node:20-bookworm-slim AS viewers
WORKDIR /app
COPY package.json package-lock.json ./
# What only their authors need is left out: sources, types, and maps from one to the other.
RUN npm ci --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/.package-lock.json node_modules/*/src node_modules/*/types \
 && find node_modules -name '*.map' -delete

FROM python:3.11-slim-bookworm AS locked
WORKDIR /build
COPY requirements-build.lock requirements.lock ./
RUN python -m venv tools \
 && tools/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-build.lock \
 && tools/bin/pip wheel --no-cache-dir --no-deps --require-hashes --no-build-isolation -r requirements.lock -w locked \
 && python -m venv --without-pip /app/.venv \
 && tools/bin/pip --python /app/.venv/bin/python install --no-cache-dir --no-deps --no-index locked/*.whl \
 && rm -rf locked

FROM locked AS own
COPY pyproject.toml README.md LICENSE ./
COPY tools/wheel_contents.py tools/
COPY lectern lectern
COPY search search
COPY auth auth
COPY image image
COPY ingest ingest
COPY services services
RUN tools/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation . -w own \
 && tools/bin/pip --python /app/.venv/bin/python install --no-cache-dir --no-deps --no-index --root /own own/*.whl

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 lectern \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin lectern \
 && install -d -o lectern -g lectern -m 700 /data
COPY --from=locked /app/.venv /app/.venv
COPY --from=viewers /app/node_modules /app/viewers
COPY LICENSE deploy/compose/healthy /app/
COPY samples /app/samples
COPY --from=own /own /
USER 10001:10001
WORKDIR /data
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LECTERN_HOME=/data \
    LECTERN_HOST=0.0.0.0 \
    LECTERN_VIEWERS=/app/viewers \
    LECTERN_LOG_FORMAT=json
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["bash", "/app/healthy", "8080", "/readyz"]
ENTRYPOINT ["lectern"]
CMD ["up"]
