# One image for all services: `lectern serve NAME`, as compose.yaml runs it.

FROM node:20-bookworm-slim AS viewers
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim-bookworm
WORKDIR /app
COPY requirements-build.lock requirements.lock ./
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
 && .venv/bin/pip install --no-cache-dir --require-hashes --no-build-isolation -r requirements.lock
COPY --from=viewers /app/node_modules node_modules
COPY . .
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . \
 && useradd --system --uid 10001 --home-dir /data lectern \
 && install -d -o lectern -g lectern -m 750 /data
USER lectern
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LECTERN_HOME=/data \
    LECTERN_HOST=0.0.0.0 \
    LECTERN_LOG_FORMAT=json
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["lectern"]
CMD ["up"]
