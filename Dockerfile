# batchbell as a container: see docs/container.md.
#
# BASE needs python3 (3.11 or newer) with venv, and certificates; without tini, apt-get fetches it.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /src
# What changes seldom comes first: these two layers stay until a version is pinned anew.
COPY requirements-postgres.lock requirements-build.lock ./
RUN python3 -m venv /build \
    && /build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && python3 -m venv --without-pip /opt/batchbell \
    && /build/bin/pip --python /opt/batchbell/bin/python install --no-cache-dir --no-compile \
        --require-hashes -r requirements-postgres.lock
COPY pyproject.toml CHANGELOG.md LICENSE config.example.toml ./
COPY migrations migrations
COPY daemon daemon
RUN /build/bin/python -m hatchling build -t wheel -d /wheel \
    && /build/bin/pip --python /opt/batchbell/bin/python install --no-cache-dir --no-compile \
        --no-index --no-deps /wheel/*.whl \
    # Compiled once, here: a read-only container could not keep what it compiles.
    && /opt/batchbell/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        /opt/batchbell/lib

FROM ${BASE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="batchbell" \
    org.opencontainers.image.description="Rings when your Together AI batch jobs change" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
# tini is process 1: it passes signals on and buries what the programs of a channel leave behind.
# Not pinned: a distribution keeps one version of it, its newest patch, and a pin would end the build with the next.
RUN command -v tini >/dev/null || { apt-get update \
        && apt-get install --yes --no-install-recommends tini \
        && rm -rf /var/lib/apt/lists/*; }
COPY --from=build /opt/batchbell /opt/batchbell
# By number, so that Kubernetes' runAsNonRoot can tell; a new volume at /data takes its owner over.
RUN install -d -o 10001 -g 10001 -m 0700 /data
ENV PATH=/opt/batchbell/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATE_DIRECTORY=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8710
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["batchbell", "healthcheck"]
ENTRYPOINT ["tini", "--", "batchbell"]
CMD ["run"]
