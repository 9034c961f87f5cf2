# proxbox, git and ssh-keygen, for signed approvals, as a user who is not root: docker build -t proxbox .
# The base is named by its tag: pin it to the digest that your registry verified (`docker buildx imagetools inspect`).
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
# What it depends on, and what it is built with, in the versions that were tested: the lock has their hashes.
COPY proxbox_plan/api/init_files/templates/requirements.lock ./
RUN python -m venv /opt/proxbox \
    && /opt/proxbox/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
        --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY proxbox_plan proxbox_plan
RUN /opt/proxbox/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home proxbox
COPY --from=build /opt/proxbox /opt/proxbox
ENV PATH=/opt/proxbox/bin:$PATH PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["proxbox"]
CMD ["--help"]
