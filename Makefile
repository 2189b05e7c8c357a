.DEFAULT_GOAL := help
.PHONY: help run test lint types format bench providers setup clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Install, migrate and start on http://127.0.0.1:8501; PORT=8600 for another port
	@exec scripts/run

test: setup ## Run every test, in a real browser too
	@CHROMIUM="$$(scripts/browser)" && export CHROMIUM && \
	exec .venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 1

lint: setup ## Check style and formatting
	@.venv/bin/ruff check && .venv/bin/ruff format --check

types: setup ## Check types
	@exec .venv/bin/pyright

format: setup ## Mend style and formatting
	@.venv/bin/ruff check --fix; .venv/bin/ruff format

bench: ## Measure speed and timing truth beside httpx, litellm and promptfoo
	@scripts/setup --group dev --group bench
	@exec .venv/bin/python -m tests.bench

providers: setup ## Test every platform's row and bring docs/providers.md up to date
	@CONFORMANCE=tests/contract/conformance.json .venv/bin/pytest -q tests/contract/test_rows.py tests/contract/test_llmock.py tests/contract/test_faults.py
	@exec .venv/bin/python -m tests.contract.providers_page

setup: ## Install everything that development needs
	@scripts/setup --group dev

clean: ## Remove what was installed or cached here; data/ stays
	rm -rf .venv .uv .cache .pytest_cache .ruff_cache tests/artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
