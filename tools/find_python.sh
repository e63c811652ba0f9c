#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Print the path of a Python 3.11 or 3.12, or say how to get one and exit 1.
# SIMLINGO_PYTHON names one to use instead of searching.

supported='import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))'
seen=''

for candidate in ${SIMLINGO_PYTHON:-python3.11 python3.12 python3 python}; do
    path=$(command -v "$candidate" 2>/dev/null) || continue
    # A version manager may put names on PATH that do not run: only what runs counts.
    if "$path" -I -c "$supported" >/dev/null 2>&1; then
        "$path" -I -c 'import sys; print(sys.executable)'
        exit 0
    fi
    seen="$seen $path ($("$path" -I -V 2>&1 | head -n 1));"
done

cat >&2 <<EOF
No Python 3.11 or 3.12 was found.${seen:+ Found instead:$seen}
The ROS 2 and simulator wheels exist for these two versions. Get one of them by
  Debian 12, Ubuntu 24.04   apt-get install python3 python3-venv python3-dev
  any Linux, with uv        uv python install 3.12, then SIMLINGO_PYTHON=\$(uv python find 3.12) make setup
  any Linux, with pyenv     pyenv install 3.11, then SIMLINGO_PYTHON=\$(pyenv prefix 3.11)/bin/python make setup
EOF
exit 1
