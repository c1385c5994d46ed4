# make setup, make run, make test ... (README.md). Everything lands in this folder or in Debian's packages.
SHELL := /bin/bash
export OMP_THREAD_LIMIT := 1
PYTEST := .venv/bin/pytest

.PHONY: setup run test check test-services corpus campaign docs pictures lock newer-releases clean

setup:
	@bash scripts/setup

run: setup
	@exec bash scripts/run

test:
	@bash scripts/setup --test
	@$(MAKE) --no-print-directory check
	$(PYTEST) -q -n 2 --dist=loadscope

check:
	.venv/bin/ruff format -q --check .
	.venv/bin/ruff check -q .
	.venv/bin/mypy
	.venv/bin/lint-imports

test-services:
	@bash scripts/setup --services
	bash scripts/with-services $(PYTEST) -q -m services

corpus:
	@bash scripts/setup --test
	$(PYTEST) -q -rA -m corpus --no-header

campaign:
	@bash scripts/setup --test
	$(PYTEST) -q -n 2 --hypothesis-profile=new tests/unit
	$(PYTEST) -q -m campaign --hypothesis-profile=new

# Exact versions with hashes; the registries' addresses are the clients' business.
lock:
	.venv/bin/uv pip compile -q pyproject.toml --group build --generate-hashes --no-emit-index-url \
	  --universal --python-version 3.11 --custom-compile-command 'make lock' -o requirements.lock
	.venv/bin/uv pip compile -q pyproject.toml --group build --group dev --generate-hashes --no-emit-index-url \
	  --universal --python-version 3.11 --custom-compile-command 'make lock' -c requirements.lock -o requirements-dev.lock
	.venv/bin/uv pip compile -q --group web --generate-hashes --no-emit-index-url \
	  --universal --python-version 3.11 --custom-compile-command 'make lock' -o requirements-web.lock

# Shows that the locks install although everything has a newer release (needs the registries once).
newer-releases: setup
	.venv/bin/python scripts/try_newer_releases.py

clean:
	rm -rf .cache node_modules api/web/static/vendor .mypy_cache .ruff_cache .pytest_cache

docs:
	.venv/bin/python -m api.reference

pictures:
	REGISTRATUR_TEST_PICTURES=docs/images .venv/bin/pytest -q tests/browser/test_first_day.py
