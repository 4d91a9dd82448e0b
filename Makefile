# Every target installs what it needs first. `make` alone lists them.
SHELL := /bin/bash
BUILD ?= build/release
JOBS ?= $(shell nproc)
DASHBOARD := services/gateway/dashboard
CMAKE = cmake -S . -G Ninja

.PHONY: help run build test lint format test-asan test-tsan bench fault fuzz model soak dashboard clean packages

help:  ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: build dashboard  ## Build and run the whole system with a demo municipality on http://127.0.0.1:8080
	@exec $(BUILD)/bin/vaka run --demo --static=$(DASHBOARD)/dist $(ARGS)

build: packages  ## Build the vaka binary
	@$(CMAKE) -B $(BUILD) -DCMAKE_BUILD_TYPE=RelWithDebInfo -DVAKA_TESTS=OFF >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@ninja -C $(BUILD) -j$(JOBS) vaka

packages:
	@mkdir -p build
	@tools/install-packages build run node

dashboard: packages $(DASHBOARD)/dist/index.html  ## Build the dashboard's pages

$(DASHBOARD)/node_modules/.package-lock.json: $(DASHBOARD)/package.json $(DASHBOARD)/package-lock.json
	@cd $(DASHBOARD) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(DASHBOARD)/dist/index.html: $(DASHBOARD)/node_modules/.package-lock.json $(DASHBOARD)/index.html $(DASHBOARD)/vite.config.ts $(shell find $(DASHBOARD)/src -path $(DASHBOARD)/src/gen -prune -o -type f -print 2>/dev/null) $(shell find proto -name '*.proto')
	@cd $(DASHBOARD) && npm run --silent build
	@touch $@

test: dashboard  ## Build and run every test: C++, dashboard, browser
	@tools/install-packages test
	@$(CMAKE) -B $(BUILD) -DCMAKE_BUILD_TYPE=RelWithDebInfo -DVAKA_TESTS=ON >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@ninja -C $(BUILD) -j$(JOBS)
	@cd $(BUILD) && ctest --output-on-failure -j$(JOBS) -LE fault-long

fault: packages  ## Break the running system on purpose, every way that is known; figures in build/fault
	@tools/install-packages test
	@tools/fault $(JOBS)

soak: packages  ## The load with random faults for MINUTES (30): nothing is lost, memory stays flat
	@tools/install-packages test
	@tools/soak $(or $(MINUTES),30) $(JOBS)

lint: packages  ## Format, thread safety (clang), include rules, shell scripts, deployment files
	@tools/install-packages lint kubectl
	@tools/lint

format:  ## Format the C++ sources
	@tools/install-packages lint
	@git ls-files '*.cc' '*.h' | xargs clang-format -i

test-asan: packages  ## Unit and integration tests under AddressSanitizer and UBSan
	@tools/install-packages test
	@tools/sanitize address $(JOBS)

test-tsan: packages  ## Unit and integration tests under ThreadSanitizer
	@tools/install-packages test
	@tools/sanitize thread $(JOBS)

bench: dashboard  ## Measure the main job; PEERS=none leaves the peers out
	@tools/install-packages test bench $(if $(filter none,$(PEERS)),,peers)
	@tools/bench $(ARGS)

fuzz: packages  ## Fuzz every parser, EACH (60) seconds a target
	@tools/install-packages fuzz
	@JOBS=$(JOBS) tools/fuzz $(or $(EACH),60)

model:  ## Check the models of append-publish-follow and plan-send-record by spin
	@tools/install-packages model
	@tools/model

clean:  ## Remove what was built (not the data in var/)
	@rm -rf build $(DASHBOARD)/dist $(DASHBOARD)/src/gen
