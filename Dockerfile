# One image for every process of the site: `python -m worker.supervisor NAME` says which one it becomes.

FROM node:22-slim AS assets
WORKDIR /site
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY bin/assets.mjs bin/
COPY static static
RUN node bin/assets.mjs

FROM python:3.11-slim AS packages
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home forum
WORKDIR /site
COPY --from=packages /venv /venv
COPY forum forum
COPY moderation moderation
COPY worker worker
COPY templates templates
COPY static static
COPY --from=assets /site/static/dist static/dist
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
RUN python -m compileall -q forum moderation worker
USER forum
CMD ["python", "-m", "worker.supervisor", "web"]
