# The image of leasegate: the locked dependencies and the program, on a base of your choice. See docs/image.md.
#
#   docker build --tag leasegate:0.1.0 .
#   docker build --build-arg BUILD_BASE=python:3.11-slim --build-arg BASE=gcr.io/distroless/python3-debian12 --tag leasegate:0.1.0 .
#
# BASE has to bring python3, of the same minor version as BUILD_BASE; no shell, no pip.
ARG BUILD_BASE=python:3.13-slim
ARG BASE=python:3.13-slim

FROM ${BUILD_BASE} AS build
WORKDIR /source
COPY requirements.lock requirements-build.lock ./
# pip and the build backend stay in an environment of this stage. A pip.conf is needed only where pip is
# not to use its defaults: docker build --secret id=pip.conf,src=FILE. The builder's cache keeps the wheels,
# since an index may forbid pip to.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /build \
    && python3 -m venv --without-pip /opt/leasegate \
    && /build/bin/pip download --dest /root/.cache/pip/kept --only-binary=:all: --require-hashes \
        --requirement requirements-build.lock --requirement requirements.lock \
    && /build/bin/pip install --no-index --find-links /root/.cache/pip/kept --require-hashes \
        --requirement requirements-build.lock \
    && /build/bin/pip --python /opt/leasegate/bin/python install --no-compile \
        --no-index --find-links /root/.cache/pip/kept --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE leasegate.py ./
COPY app app
RUN /build/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /build/bin/pip --python /opt/leasegate/bin/python install --no-compile --no-index --no-deps --find-links /wheels leasegate \
    && find /opt/leasegate/lib -type d -name tests -prune -exec rm -r {} + \
    && find /opt/leasegate/lib -type f ! -name '*.so*' -perm /111 -exec chmod a-x {} +

# The environment belongs to the python3 of BASE, wherever that is; no shell has a part in it.
FROM ${BASE} AS environment
# Only of this stage: some bases have another user, who may not write here.
# hadolint ignore=DL3002
USER 0:0
COPY --from=build /opt/leasegate/lib /opt/leasegate/lib
COPY --from=build /opt/leasegate/bin/leasegate /opt/leasegate/bin/leasegate
RUN ["python3", "-c", "import os, sys, venv; \
has = 'python%d.%d' % sys.version_info[:2]; \
os.path.isdir('/opt/leasegate/lib/' + has) or sys.exit('BASE has ' + has + ', and BUILD_BASE another one: choose two of the same minor version'); \
builder = venv.EnvBuilder(symlinks=True); \
context = builder.ensure_directories('/opt/leasegate'); \
builder.create_configuration(context); \
builder.setup_python(context)"]
# A read-only file system keeps no bytecode, and bases often have none of Python's own library, which
# each start would compile for a second. So all that leasegate imports is imported once: the bytecode of
# the base's files is checked against their time, that of ours need not be.
ENV PYTHONPYCACHEPREFIX=/opt/leasegate/bytecode
# hadolint ignore=DL3059
RUN ["python3", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "/opt/leasegate/lib"]
# hadolint ignore=DL3059
RUN ["/opt/leasegate/bin/python3", "-c", "import importlib, pkgutil, app; \
[importlib.import_module(module.name) for module in pkgutil.walk_packages(app.__path__, 'app.')]"]

FROM ${BASE}
ARG BASE
ARG SOURCE=""
LABEL org.opencontainers.image.title="leasegate" \
      org.opencontainers.image.description="Admission webhook for Kubernetes LeaseCandidate objects" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${BASE}"
COPY --from=environment /opt/leasegate /opt/leasegate
ENV PATH=/opt/leasegate/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPYCACHEPREFIX=/opt/leasegate/bytecode \
    PYTHONUNBUFFERED=1
WORKDIR /
# A number, so that Kubernetes can see that it is not root; any other works as well.
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["leasegate"]
CMD ["serve"]
