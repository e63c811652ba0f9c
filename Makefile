# SPDX-License-Identifier: Apache-2.0
# The targets people need; each is one plain call. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help setup test slow soak gpu vocabulary lint docs format bench demo eval eval-full eval-instructions eval-world voice

VENV := $(CURDIR)/.venv

# Children get nothing of a sourced ROS installation or of another environment with ROS wheels.
CLEAN := env -u _ROS_WHEELS_BOOTSTRAP_COMPLETE -u AMENT_PREFIX_PATH -u CMAKE_PREFIX_PATH \
	-u COLCON_PREFIX_PATH -u LD_LIBRARY_PATH -u PYTHONHOME -u PYTHONPATH

IN_CI := 'not slow and not gpu and not vocabulary'

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup:  ## make or update .venv: pinned wheels, interface packages, our packages
	@python=$$(sh tools/find_python.sh) && \
		$(CLEAN) PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 $$python -m workspace_setup

# Tests of the whole stack run alone, the others side by side; each process has its own ROS domain.
test: lint  ## run the linters, then every test that fits into a CI run
	@$(CLEAN) OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -m $(IN_CI) -q --ignore=tests/system \
		-n logical --maxprocesses 4 --dist loadfile
	@$(CLEAN) $(VENV)/bin/python -m pytest -m $(IN_CI) -q tests/system

slow: setup  ## run the tests that take longer; installs what makes towns
	@$(VENV)/bin/python -m pip install -q --disable-pip-version-check \
		-c constraints.txt -r requirements/maps.txt
	@$(CLEAN) PATH=$(VENV)/bin:$$PATH $(VENV)/bin/python -m pytest -m 'slow and not gpu' -q

voice: setup  ## install speech engines, run their tests and the loop from text over speech to an intent
	@$(VENV)/bin/python -m pip install -q --disable-pip-version-check \
		-c constraints.txt -r requirements/voice.txt
	@$(CLEAN) $(VENV)/bin/python -m pytest -q src/simlingo_voice
	@for name in spoken_test spoken_unsafe; do \
		$(CLEAN) $(VENV)/bin/simlingo voice loop tests/sentences/$$name.json \
			--snr-db 20 --snr-db 10 --snr-db 5 --out out/voice || exit 1; done

gpu: setup  ## run the tests that need a CUDA device and a CUDA build of torch
	@$(CLEAN) $(VENV)/bin/python -m pytest -m gpu -q

# Eight hours in real time; MINUTES=30 for less, and ARGUMENTS for simlingo up.
MINUTES ?= 480
soak: setup  ## drive for eight hours in real time and look whether anything grows: MINUTES=480
	@$(CLEAN) $(VENV)/bin/simlingo soak --minutes $(MINUTES) $(ARGUMENTS)

vocabulary: setup  ## compare prompts in the ids of the released vocabulary: INTERNVL2_1B=FOLDER
	@test -d "$(INTERNVL2_1B)" || { echo 'make vocabulary: INTERNVL2_1B=FOLDER names no folder; give that of the model InternVL2-1B (vocab.json, merges.txt)'; exit 2; }
	@$(CLEAN) INTERNVL2_1B=$(abspath $(INTERNVL2_1B)) $(VENV)/bin/python -m pytest -m vocabulary -q

train-smoke: setup  ## collect, check, label, bucket, train with a stop, evaluate language: minutes
	@$(CLEAN) $(VENV)/bin/python -m pytest -q training/test/test_train_smoke.py

lint: setup  ## check format, types, import rules, spelling and manifests
	@$(CLEAN) PATH=$(VENV)/bin:$$PATH sh tools/lint.sh

docs: setup  ## build the documentation site into out/site; installs what it needs
	@$(VENV)/bin/python -m pip install -q --disable-pip-version-check \
		-c constraints.txt -r requirements/docs.txt
	@$(CLEAN) NO_MKDOCS_2_WARNING=1 PATH=$(VENV)/bin:$$PATH $(VENV)/bin/mkdocs build --quiet
	@echo 'docs: out/site/index.html; to search in it: python -m http.server -d out/site'

format: setup  ## bring the code into form
	@$(VENV)/bin/ruff check --fix-only --quiet . && $(VENV)/bin/ruff format .

bench: setup  ## measure the transport and the stack
	@$(CLEAN) $(VENV)/bin/simlingo bench

demo: setup  ## the mini drives a route of the held-out town over ROS 2 and is instructed once to slow down
	@$(CLEAN) $(VENV)/bin/simlingo demo

# The held-out town.  Ten routes: the first of each of the eight situations, the second of the
# first two.  Thirty: all but the last route of the last two.  Finished episodes are kept, so that
# the long one goes on from the short one; new weights are driven anew.  Blind is the mini that is
# shown the mean image of its training; BLIND=blind=FOLDER takes another model.
BLIND ?= blind=mini
FIRST_ROUTES := 0 1 4 5 8 12 16 20 24 28
EVAL := $(VENV)/bin/simlingo eval --routes test --workers $$(nproc)
EVAL_POLICIES := $(foreach name,mini expert $(BLIND) route_follower,--policy $(name))

eval: setup  ## score mini, expert, blind and route follower: 10 held-out routes x 3 seeds
	@$(CLEAN) $(EVAL) $(EVAL_POLICIES) --seeds 0-2 --out out/eval/held_out \
		$(foreach id,$(FIRST_ROUTES),--route $(id))

eval-full: setup  ## the same on 30 routes x 3 seeds
	@$(CLEAN) $(EVAL) $(EVAL_POLICIES) --seeds 0-2 --out out/eval/held_out \
		$(foreach id,$(shell seq 0 26) 28 29 30,--route $(id))

eval-instructions: setup  ## how often the mini follows instructions: 32 held-out routes x 2 seeds
	@$(CLEAN) $(EVAL) --instructions --policy mini --seeds 0-1 --out out/eval/instructions

eval-world: setup  ## drive 30 routes of all towns x 3 seeds with the expert and the route follower
	@$(CLEAN) $(VENV)/bin/simlingo eval --policy expert --policy route_follower \
		--routes all_towns --seeds 0-2 --workers 2
