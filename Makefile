# Two commands: `make run` shows the product alive, `make test` proves it. Both install what they need.
# Any Node >= 20 with npm is enough to start: the project brings its own pinned Node as a package.

SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

PORT ?= 8080
DATA ?= ./data
SPEED ?= 10
SOURCES := $(shell find drivers firmware dashboard provisioning -type f 2>/dev/null) package-lock.json vite.config.ts

.PHONY: run test laws faults soak mutants bench scenario build deb test-deb install format clean

## make run [SITE=path/site.yaml] [PORT=8080] [DATA=./data]   without SITE: the demo room
run: build
ifdef SITE
	@exec node dist/box/roomward.js run --site "$(SITE)" --port "$(PORT)" --data "$(DATA)"
else
	@exec tsx test/room/demo.ts --port "$(PORT)" --data "$(DATA)/demo" --speed "$(SPEED)"
endif

## make scenario NAME=mains-failure [OFF=1]   while the demo room runs; without NAME: the list
scenario: install
	@tsx test/room/scenario.ts $(NAME) $(if $(OFF),off) || [ -z "$(NAME)" ]

test: install
	@tsx test/run.ts

## make laws   the property tests with other chances than those that `make test` takes each time
laws: install
	@LAWS=chance vitest run --project unit $$(grep -rl fast-check test --include=*.test.ts --include=*.test.tsx)

## make faults   power cuts, kills, bad disks, wrong clocks, a month of work and a million malformed frames per protocol, in full counts: an hour or so, root for the disks
faults: build
	@FAULTS=full LAWS=chance vitest run test/faults test/drivers/malformed

## make soak [SEED=1]   a simulated year of sensors, people, faults, restarts and clock steps; what they do is told by the seed
soak: install
	@SOAK=year vitest run --project unit test/alarms/month.test.ts

## make mutants   changes every line of the reducers of alarms, incidents and escalation and sees whether a test goes red; 90 % must
mutants: install
	@stryker run

bench: build
	@tsx test/bench/run.ts

## make deb   packages for amd64 and arm64 in dist/deb
deb: build
	@tsx provisioning/system/deb.ts

## make test-deb   installs, boots, upgrades and removes them; needs root and the Debian packages of test/debian-packages.txt
test-deb: build
	@vitest run --project peer test/provisioning/deb.peer.test.ts

build: dist/.built

install: node_modules/.package-lock.json

# `npm install --no-save` keeps to the lock file like `npm ci`, but does not insist on the builds of tools for foreign systems.
node_modules/.package-lock.json: package.json package-lock.json
	npm install --no-save --no-audit --no-fund
	@touch $@

dist/.built: node_modules/.package-lock.json $(SOURCES)
	npm run --silent build
	@touch $@

format: install
	biome check --write .

clean:
	rm -rf dist node_modules
