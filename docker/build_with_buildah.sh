#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Build the CPU image as root on a Debian machine without a Docker daemon and without a registry of
# images: the base image is made by debootstrap, the image by buildah in a chroot.
#
#   docker/build_with_buildah.sh simlingo:cpu [OPTIONS OF buildah bud]
set -euo pipefail
cd "$(dirname "$0")/.."

name=${1:?the name of the image is missing, such as simlingo:cpu}
shift
base=localhost/simlingo-base:bookworm
export BUILDAH_ISOLATION=chroot

if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    debootstrap --variant=minbase bookworm "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
    rm -rf "$root"/var/cache/apt/archives/*.deb
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$root"
    buildah commit --quiet --rm "$container" "$base"
fi

# The format of Docker, because that of OCI knows no health check.
exec buildah bud --format docker --pull-never --layers --build-arg "BASE_IMAGE=$base" \
    --file docker/wheels.Dockerfile --target stack --tag "$name" "$@" .
