# SPDX-License-Identifier: Apache-2.0
# The stack with its own ROS 2 from wheels; docker/README.md says how to build CPU and CUDA images.

ARG BASE_IMAGE=debian:bookworm-slim

# ---- what the machine must have: also the base of the devcontainer ------------------------------
# hadolint ignore=DL3006
FROM ${BASE_IMAGE} AS system

ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
# Which versions there are is up to the base image, which its digest pins.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates git make python3 python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/simlingo
COPY tools/workspace_setup tools/workspace_setup
RUN PYTHONPATH=tools python3 -m workspace_setup --until system && rm -rf /var/lib/apt/lists/*

# Ubuntu's images have a user of this number already.
ARG USER_ID=1000
RUN if id -un "${USER_ID}"; then userdel --remove "$(id -un "${USER_ID}")"; fi \
    && useradd --create-home --uid "${USER_ID}" simlingo \
    && mkdir /out && rm -rf build && chown -R simlingo: /opt/simlingo /out
USER ${USER_ID}

# ---- the stack -----------------------------------------------------------------------------------
FROM system AS stack

ENV PIP_NO_CACHE_DIR=1
COPY --chown=simlingo requirements requirements
COPY --chown=simlingo constraints.txt ./
# For CPU images: an index whose torch has no CUDA. Empty: torch comes from where pip looks anyway.
ARG TORCH_INDEX=
RUN SIMLINGO_TORCH_INDEX="${TORCH_INDEX}" PYTHONPATH=tools python3 -m workspace_setup --until wheels

COPY --chown=simlingo . .
RUN PYTHONPATH=tools python3 -m workspace_setup

ENV VIRTUAL_ENV=/opt/simlingo/.venv PATH=/opt/simlingo/.venv/bin:${PATH} PYTHONUNBUFFERED=1
HEALTHCHECK --interval=30s --timeout=20s --start-period=120s \
    CMD ["python", "docker/health.py"]
CMD ["simlingo", "doctor"]
