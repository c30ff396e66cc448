# The ways into this repository: `make help` lists them. It only calls cargo and the scripts beside the tests; what is
# built, tested or shown is written there.
#
# Variables:  CARGO=cargo              another cargo, or something that wraps it
#             SEEDS=5000               how many seeds the simulation plays
#             NIXWRIGHT_REQUIRE_E2E=   (empty) tests that cannot run on this computer are skipped, and say so

CARGO ?= cargo
NIXWRIGHT_REQUIRE_E2E ?= 1
# In CI nobody is there to commit a changed Cargo.lock.
LOCKED := $(if $(CI),--locked)
TARGET := $(or $(CARGO_TARGET_DIR),target)
NEXTEST := $(shell command -v cargo-nextest)
DENY := $(shell command -v cargo-deny)
DEMO := fixtures/demo/run

# The tests ask whether the variable is there, not what it holds.
ifeq ($(NIXWRIGHT_REQUIRE_E2E),)
unexport NIXWRIGHT_REQUIRE_E2E
else
export NIXWRIGHT_REQUIRE_E2E
endif

# How many seeds the simulation plays, and which ones.
SEEDS ?= 5000
export SEEDS SEED FIRST CUT

# The parts of one target build upon each other, and two cargos at once would only wait for each other.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help demo demo-down test cargo-test nix-test sandbox-test simulate lsp-edits lsp-half-typed conformance lint deny bench bench-eval bench-check bench-lsp bench-knowledge bench-recall bench-state build setup clean

help:  ## this list
	@echo 'nixwright: checks, deploys, remembers and draws networks of NixOS machines'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'demo and test work alone on a fresh Debian with Rust, as root; elsewhere see tests/support/setup.'

demo: setup build  ## three sandbox machines: checked, deployed, looked at (as root; may be repeated)
	@$(DEMO) '$(TARGET)/debug/nixwright'

demo-down:  ## stops the demo's machines and forgets its deployment
	@$(DEMO) down

test: setup lint nix-test sandbox-test cargo-test  ## everything: lints, and all tests against real nix, sshd and machines

cargo-test:  ## the tests of cargo alone (nix 2.26 is fetched on the first run)
	@tests/support/nix-2.26 > /dev/null || [ -z '$(NIXWRIGHT_REQUIRE_E2E)' ]
ifneq ($(NEXTEST),)
	$(CARGO) nextest run $(LOCKED) --no-fail-fast
	$(CARGO) test $(LOCKED) --doc
else
	$(CARGO) test $(LOCKED) --no-fail-fast
endif

simulate:  ## deployments on machines that are made up, with faults: SEEDS=5000, or SEED=N alone with its story (CUT=1: cut down)
	@$(CARGO) test --quiet $(LOCKED) --lib -- --exact execute::simulation::sweep::every_seed_ends_well --nocapture

nix-test:  ## our tiny nixpkgs tested by Nix itself, with the installed version and with 2.26
	@tests/support/nixpkgs-test

sandbox-test:  ## the sandbox machines tried by themselves (half a minute)
	@tests/support/sandbox/selftest

lsp-edits:  ## the language server beside `check` after EDITS=5000 random edits (SEED=N: others)
	@EDITS=$(or $(EDITS),5000) $(CARGO) test --quiet $(LOCKED) --test editor -- --exact equal::after_every_edit_the_server_says_what_check_says --nocapture

lsp-half-typed:  ## the language server on every prefix and every missing token of the examples
	@ALL=1 $(CARGO) test --quiet $(LOCKED) --test editor -- --exact half_typed::half_a_text_is_answered_without_false_alarms --nocapture

conformance:  ## suites of others: NIX_LANG_TESTS=…/tests/functional/lang NIXPKGS_LIB=…/nixpkgs
	@[ -n '$(NIX_LANG_TESTS)$(NIXPKGS_LIB)' ] || { echo 'conformance: give NIX_LANG_TESTS, NIXPKGS_LIB or both; grammar-tests/conformance/mod.rs says what they are' >&2; exit 2; }
	@$(CARGO) test --quiet $(LOCKED) --test grammar -- --exact conformance::conformance --nocapture

lint:  ## formatting, clippy and rustdoc without a warning; licences, when cargo-deny is there
	$(CARGO) fmt --check
	$(CARGO) clippy $(LOCKED) --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc $(LOCKED) --no-deps --document-private-items
ifneq ($(DENY),)
	@$(MAKE) --no-print-directory deny
else
	@echo 'skipped: cargo-deny is not installed (cargo install --locked cargo-deny)'
endif

deny:  ## what deny.toml asks of the dependencies
	@# Also what only the other targets need, which a build does not fetch.
	$(CARGO) fetch $(LOCKED)
	$(CARGO) deny --offline --log-level error check licenses bans sources

bench: bench-eval bench-check  ## benchmarks, as ratios

bench-eval:  ## parsing beside rnix, evaluation beside Nix (NIXPKGS_LIB=…/lib: with the library of a nixpkgs)
	$(CARGO) bench $(LOCKED) --bench eval

bench-check:  ## the check of 1,000 machines beside rnix, and how it grows from 10 on (ALL=1: to 10,000); show of 10,000
	$(CARGO) bench $(LOCKED) --bench check $(if $(ALL),-- all)

bench-state:  ## commands on 10,000 machines and 1,000 runs, in SQLite and PostgreSQL
	$(CARGO) bench $(LOCKED) --bench state

bench-lsp:  ## the language server in 1,000 files: a change beside the first check, a completion; memory over EDITS=10000 changes
	$(CARGO) bench $(LOCKED) --bench lsp $(if $(EDITS),-- edits $(EDITS))

bench-knowledge:  ## how much is known of real networks: CORPUS=DIR, a folder of repositories
	@[ -d '$(CORPUS)' ] || { echo 'name a folder of repositories: make bench-knowledge CORPUS=DIR'; exit 2; }
	CORPUS='$(abspath $(CORPUS))' $(CARGO) bench $(LOCKED) --bench knowledge

bench-recall:  ## how many of the mistakes planted in networks of our own the checks find, per check
	@$(CARGO) test --quiet $(LOCKED) --test grammar -- --exact recall::recall --nocapture

build:  ## the program, as target/debug/nixwright
	$(CARGO) build $(LOCKED)

setup:  ## installs the Debian packages that demo and test need, when they are missing
	@tests/support/setup

clean: demo-down  ## removes what was built, and the demo
	$(CARGO) clean
