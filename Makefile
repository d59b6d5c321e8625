# Two commands on a fresh machine: `make run` starts the scheduler, `make test` tries all of it.
# They need python3 (3.11 or newer) with pip, and git; everything else is fetched into .tools and .venv, which git ignores.

PORT ?= 8000
# One more than there are processors: tests wait for servers, mail and a browser a good part of their time.
JOBS ?= $(shell echo $$(( $$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN) + 1 )))

# A uv of the machine's own will do if it is not older than the one that wrote the lock.
UV := $(shell uv --version 2>/dev/null | grep -qE '^uv (0\.1[3-9]|0\.[2-9][0-9]|[1-9])' && echo uv || echo .tools/bin/uv)

# Networks of schools often inspect TLS: trust what the machine trusts. Use its Python where that is new enough.
export UV_PYTHON_PREFERENCE ?= system
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1

# Keep what Python has compiled, whatever the shell says: servers, workers, engines and tests start it hundreds of times.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run install test other pictures soak lint wheel bench bench-full kernel tools rivals

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile | expand -t 16

run: install ## start the scheduler on http://127.0.0.1:8000 (PORT=… for another), Ctrl-C stops it
	@exec .venv/bin/scheduler serve --demo --port $(PORT)

install: $(filter .tools/%,$(UV)) ## prepare .venv/bin/scheduler without starting it
	@$(UV) sync --quiet --frozen --no-dev --inexact

test: tools ## try everything, on SQLite, PostgreSQL and in a real Chromium (ARGS=… for pytest)
	@$(WITH_BROWSER) .venv/bin/pytest -n $(JOBS) -m "not soak and not other" $(ARGS)

other: tools ## on PostgreSQL, what `make test` has tried on SQLite alone
	@.venv/bin/pytest -n $(JOBS) -m "other and not soak" $(ARGS)

pictures: tools ## walk the journeys and leave a picture of each whole page in tests/pictures
	@TAKE_PICTURES=1 $(WITH_BROWSER) .venv/bin/pytest -n $(JOBS) tests/browser $(ARGS)

soak: tools ## the longer runs: kills, restarts, many more examples
	@$(WITH_BROWSER) .venv/bin/pytest -n $(JOBS) -m "soak or hypothesis" --hypothesis-profile=soak $(ARGS)

wheel: tools ## build the wheel, install it elsewhere and open its first page
	@UV=$(UV) .venv/bin/pytest --noconftest tests/wheel.py $(ARGS)

lint: tools ## style, types, the arrows between the parts, templates, the compose file
	@failed=0; for check in "ruff check --quiet" "ruff format --quiet --check" mypy lint-imports "djlint templates --lint --quiet" \
		"check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml"; do \
		echo "$$check"; .venv/bin/$$check || failed=1; done; exit $$failed

bench: rivals ## measure; each benchmark prints a table
	@for benchmark in bench/*.py bench/pairing/promises.py "bench/pairing/run.py --rivals p01,p11,p22"; do .venv/bin/python $$benchmark || exit 1; done

bench-full: rivals ## the pairing engine at 0.1, 1 and 10 s beside all rivals, for half an hour
	@.venv/bin/python bench/pairing/run.py --full --rivals

kernel: tools ## build the fast kernel of the pairing engine from its C (KERNEL=… for another file)
	@.venv/bin/python -m ziglang cc $(KERNEL_FLAGS) -o $(KERNEL) scheduler/core/pairing/kernel/*.c

KERNEL ?= scheduler/core/pairing/kernel/kernel.wasm
KERNEL_FLAGS = -target wasm32-freestanding -mcpu=generic+bulk_memory -std=c11 -O3 -Wall -Wextra -Werror \
	-nostdlib -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536

# What the tests need beside the scheduler.
tools: $(filter .tools/%,$(UV))
	@$(UV) sync --quiet --frozen --inexact

# What the pairing engine is measured against.
rivals: $(filter .tools/%,$(UV))
	@$(UV) sync --quiet --frozen --inexact --group bench

# Runs a command once the tests have their Chromium, which is fetched where the machine has none.
WITH_BROWSER = .venv/bin/python -P tests/provision.py

.tools/bin/uv:
	@python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-warn-script-location --target .tools uv==0.13.9 \
		|| { echo "uv could not be installed: install it (https://docs.astral.sh/uv/) and run make again." >&2; exit 1; }
