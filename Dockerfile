# Tenure in a container: the workspace is a volume, and the host's scheduler starts a run each day.
#
#   docker build --tag tenure .
#   docker run --rm --volume "$PWD:/workspace" tenure validate

FROM python:3.13-slim AS build
COPY . /source
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /source

FROM python:3.13-slim
ARG EXTRAS=excel,postgres,s3,sql
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir "$(echo /wheels/tenure-*.whl)[${EXTRAS}]" && rm -r /wheels
# The store is for its owner alone: give --user where the workspace belongs to somebody else.
RUN useradd --create-home --uid 1000 tenure
USER tenure
WORKDIR /workspace
ENTRYPOINT ["tenure"]
CMD ["--help"]
