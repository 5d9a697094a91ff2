# The image of leasegate: the locked dependencies and the program, on a base of your choice.
#
#   docker build --tag leasegate:0.1.0 .
#   docker build --build-arg BASE=gcr.io/distroless/python3-debian12 --tag leasegate:0.1.0 .
#
# BASE only has to bring python3 of the same minor version as BUILD_BASE.
ARG BUILD_BASE=python:3.13-slim
ARG BASE=python:3.13-slim

FROM ${BUILD_BASE} AS build
WORKDIR /source
COPY requirements.lock requirements-build.lock ./
# Into a folder of their own, so that neither pip nor the build backend reaches the image.
RUN python3 -m venv /build \
    && /build/bin/pip install --no-cache-dir --require-hashes --requirement requirements-build.lock \
    && /build/bin/pip install --no-cache-dir --require-hashes --no-compile \
        --target /packages --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
RUN /build/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-compile \
        --target /packages . \
    && find /packages -type d -name tests -prune -exec rm -r {} + \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /packages

FROM ${BASE}
LABEL org.opencontainers.image.title="leasegate" \
      org.opencontainers.image.description="Admission webhook for Kubernetes LeaseCandidate objects" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /packages /opt/leasegate
ENV PYTHONPATH=/opt/leasegate \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, so that Kubernetes can see that it is not root; any other works as well.
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["python3", "-m", "app"]
CMD ["serve"]
