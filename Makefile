# SPDX-License-Identifier: Apache-2.0
# The targets people need; each is one plain call. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help setup test slow lint format bench demo eval-world

VENV := $(CURDIR)/.venv

# Children get nothing of a sourced ROS installation or of another environment with ROS wheels.
CLEAN := env -u _ROS_WHEELS_BOOTSTRAP_COMPLETE -u AMENT_PREFIX_PATH -u CMAKE_PREFIX_PATH \
	-u COLCON_PREFIX_PATH -u LD_LIBRARY_PATH -u PYTHONHOME -u PYTHONPATH

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup:  ## make or update .venv: pinned wheels, interface packages, our packages
	@python=$$(sh tools/find_python.sh) && \
		$(CLEAN) PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 $$python -m workspace_setup

test: setup  ## run every test that fits into a CI run
	@$(CLEAN) $(VENV)/bin/python -m pytest -m 'not slow and not gpu' -q

slow: setup  ## run the tests that take longer
	@$(CLEAN) $(VENV)/bin/python -m pytest -m 'slow and not gpu' -q

lint: setup  ## check format, types, import rules, spelling and manifests
	@$(CLEAN) PATH=$(VENV)/bin:$$PATH sh tools/lint.sh

format: setup  ## bring the code into form
	@$(VENV)/bin/ruff check --fix-only --quiet . && $(VENV)/bin/ruff format .

bench: setup  ## measure the transport and the stack
	@$(CLEAN) $(VENV)/bin/simlingo bench

demo: setup  ## drive in the embedded simulator
	@$(CLEAN) $(VENV)/bin/simlingo demo

eval-world: setup  ## drive 30 routes of all towns x 3 seeds with the expert and a driver who sees nothing
	@$(CLEAN) $(VENV)/bin/simlingo eval --policy expert --policy route_follower \
		--routes all_towns --seeds 0-2 --workers 2
