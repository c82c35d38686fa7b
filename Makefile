# SPDX-License-Identifier: MIT
#
# dilih: lose packets on purpose, at the XDP hook. `make help` shows what there is to do.
# Each verb is a script in scripts/; here is only what is built, and from what.

SHELL := bash
MAKEFLAGS += --no-builtin-rules
export PATH := $(PATH):/usr/local/go/bin:/usr/sbin:/sbin

# The settings reach the scripts in the environment, as they were typed: make, and every make that it
# starts, would expand the dollar signs in a FAULT.
SETTINGS := $(shell cut -d'|' -f1 scripts/lib/tables/settings)
$(foreach s,$(SETTINGS),$(if $(filter-out undefined,$(origin $s)),$(eval override $s := $$(value $s))$(eval export $s)))
MAKEOVERRIDES :=

# Whoever mistypes the name of one would wonder why it does nothing.
UNKNOWN := $(strip $(foreach v,$(filter-out $(SETTINGS) FAST RUN,$(.VARIABLES)),$(if $(filter command,$(origin $v)),$v)))
$(if $(UNKNOWN),$(error dilih: there is no variable $(UNKNOWN) (see `make help`)))

RECURSE := +@$(MAKE) --no-print-directory
PAGES := dilih.1 dilih-reader.1

.PHONY: all
all: build
	@scripts/$(if $(DEV),up,dev/next)

.PHONY: build
build: dilih-reader $(if $(filter 1,$(DRY_RUN)),,objects)

# Directories are among the sources, so that a file that is taken away counts as a change.
SOURCES := go.mod go.sum $(shell find reader bpf/abi bpf/model scripts/lib/tables -name testdata -prune -o ! -name '*_test.go' -print)
dilih-reader: $(SOURCES)
	@scripts/dev/need build
	CGO_ENABLED=0 go build $(shell scripts/dev/first-build) -trimpath -buildvcs=false -ldflags='-s -w' -o $@ ./reader
	@touch $@

# bpf/Makefile knows what it depends on.
.PHONY: objects
objects:
	$(RECURSE) -C bpf $(if $(LIBBPF),LIBBPF='$(abspath $(LIBBPF))')

.PHONY: fault status bugreport
fault: build
	@scripts/fault
status:
	@scripts/status || [ $$? = 3 ]
bugreport:
	@scripts/bugreport

ifneq (,$(filter drop pass,$(word 2,$(MAKECMDGOALS))))
$(error dilih: put the faults into FAULT: make $(firstword $(MAKECMDGOALS)) FAULT='$(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))')
endif

.PHONY: clean down
down:
	@scripts/down
clean:
	@scripts/clean

.PHONY: setup demo lab
setup:
	@scripts/setup build run lab
demo lab:
	@scripts/setup build run $@
	$(RECURSE) build
	@scripts/$@

include scripts/dev/test.mk

# FAST=1: in a minute what is most likely to fail.
.PHONY: test check bench vm-test release-test verifier
test:
	@scripts/setup build run demo package record test verifier
	$(RECURSE) build $(PAGES)
	+@scripts/dev/test $(if $(FAST),$(FAST_STEPS),$(TEST_STEPS))
check: build $(PAGES)
	@scripts/dev/need test
	+@scripts/dev/test $(CHECK_STEPS)
bench: build
	@scripts/dev/bench
vm-test:
	@scripts/setup build vm-test
	$(RECURSE) build
	+@scripts/dev/test $(call vm_steps,$(or $(KERNEL),bookworm))
release-test:
	@scripts/setup build run lab package image record test vm-test verifier release-test
	$(RECURSE) build $(PAGES)
	+@scripts/dev/test $(RELEASE_STEPS)
verifier:
	@scripts/setup build verifier
	@scripts/dev/verifier

.PHONY: install uninstall
install: build $(PAGES)
	@scripts/install
uninstall:
	@scripts/uninstall

# With the tag, the reader has nothing to do but to print the man page of the program of that name.
$(PAGES): %.1: $(SOURCES)
	CGO_ENABLED=0 go run -trimpath -buildvcs=false -tags man ./reader $* >$@.new
	@mv $@.new $@

.PHONY: package image
package: build $(PAGES)
	@scripts/package/build
image: package
	@scripts/dev/image

.PHONY: help
help:
	@scripts/help
