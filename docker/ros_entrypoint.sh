#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run a command inside the ROS installation, the workspace and its virtual environment.
set -e
# shellcheck disable=SC1090,SC1091
source "/opt/ros/$ROS_DISTRO/setup.bash"
# shellcheck disable=SC1091
source /opt/ws/venv/bin/activate
# shellcheck disable=SC1091
source /opt/ws/install/setup.bash
exec "$@"
