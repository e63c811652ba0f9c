# SPDX-License-Identifier: Apache-2.0
# The tree as a colcon workspace on a ROS 2 installation (Kilted or Jazzy): docs/how-to/
# install-with-ros.md, step by step.

ARG ROS_DISTRO=kilted
ARG BASE_IMAGE=ros:${ROS_DISTRO}-ros-base
# hadolint ignore=DL3006
FROM ${BASE_IMAGE}

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 PIP_NO_CACHE_DIR=1
WORKDIR /opt/ws
COPY . src/simlingo

# 1. Dependencies from rosdep.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libegl1 libgl1 libgl1-mesa-dri python3-venv \
    && rosdep update --rosdistro "${ROS_DISTRO}" \
    && rosdep install --from-paths src --ignore-src --rosdistro "${ROS_DISTRO}" -r -y \
    && rm -rf /var/lib/apt/lists/*

# 2. Dependencies from pip.
ARG TORCH_INDEX=
RUN python3 -m venv --system-site-packages venv \
    && touch venv/COLCON_IGNORE \
    && if [ -n "${TORCH_INDEX}" ]; then \
        venv/bin/pip install --index-url "${TORCH_INDEX}" torch; \
    fi \
    && venv/bin/pip install -r src/simlingo/requirements/run.txt 'numpy<2'

# 3. The packages, with the stand-ins for the messages of the CARLA bridge.
RUN . "/opt/ros/${ROS_DISTRO}/setup.bash" \
    && . venv/bin/activate \
    && colcon build --base-paths src src/simlingo/interfaces/carla_msgs \
        src/simlingo/interfaces/carla_waypoint_types src/simlingo/interfaces/derived_object_msgs

ARG USER_ID=1000
RUN if id -un "${USER_ID}"; then userdel --remove "$(id -un "${USER_ID}")"; fi \
    && useradd --create-home --uid "${USER_ID}" simlingo \
    && mkdir /out && chown simlingo: /out
USER ${USER_ID}
COPY --chmod=755 docker/ros_entrypoint.sh /ros_entrypoint.sh
ENTRYPOINT ["/ros_entrypoint.sh"]
HEALTHCHECK --interval=30s --timeout=20s --start-period=120s \
    CMD ["/ros_entrypoint.sh", "python3", "/opt/ws/src/simlingo/docker/health.py"]
CMD ["ros2", "launch", "simlingo_bringup", "stack.launch.py"]
