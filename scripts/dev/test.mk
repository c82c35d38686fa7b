# SPDX-License-Identifier: MIT
#
# The steps of `make test`, `make check`, `make vm-test` and `make release-test`. Each is a target of its own, so that
# `make test-e2e` runs that step alone. scripts/dev/test runs two at a time, in the order of these lists: long steps first.

TEST_STEPS := test-e2e test-docs test-vm test-lint test-kernel test-race test-unit test-verifier test-ansible test-package
FAST_STEPS := test-progtest test-lint test-e2e-fast test-unit
CHECK_STEPS := test-lint test-race test-unit

STEP = @scripts/dev/step $@

.PHONY: $(TEST_STEPS) $(FAST_STEPS)
test-lint:
	$(STEP) lint
test-unit:
	$(STEP) go_test_unit
test-race:
	$(STEP) go_test_race
test-kernel:
	$(STEP) go_test_tagged
test-progtest:
	$(STEP) go_test_kernel ./bpf/progtest
# Most of these tests wait for something most of the time.
test-e2e:
	$(STEP) go_test_kernel ./scripts/test/e2e -parallel 4
test-e2e-fast:
	$(STEP) go_test_kernel ./scripts/test/e2e -parallel 4 -run 'TestScripts/(replace|words|guard)$$'
test-docs:
	$(STEP) go_test_kernel ./scripts/test/docs
test-package:
	$(STEP) scripts/package/check
test-ansible:
	$(STEP) scripts/dev/ansible-test 1
test-verifier:
	$(STEP) env KERNELS=here scripts/dev/verifier
test-vm:
	$(STEP) in_vm -i bookworm e2e 'TestRates|TestDelays$$'

# The steps of `make release-test` try everything of which `make test` tries a sample. A step that has passed runs again
# only if one of the files has changed on which it depends: git's words for these stand in front of the --.

VM_STEPS := progtest devices netem delays predicted rates frames change once unseen docs demo
vm_steps = $(foreach suite,$(1),$(VM_STEPS:%=release-vm-$(suite)-%))
RELEASE_STEPS := release-vm-bookworm-killed release-kills $(call vm_steps,bookworm trixie sid) \
	release-busy release-demo release-mounts release-attacks release-rounds release-packages release-image \
	release-two-packages release-verifier release-ansible release-browser

SUITES := bookworm bookworm-backports trixie sid
PROGRAM := bpf go.mod go.sum
READER := $(PROGRAM) reader scripts/lib/tables scripts/test/testenv
WORKFLOW := $(READER) Makefile scripts :!scripts/test/docs :!scripts/package
EVERYTHING := .

ALL_OF = @scripts/dev/step --unless-passed $@

.PHONY: $(RELEASE_STEPS) $(call vm_steps,$(SUITES))
release-kills:
	$(ALL_OF) $(WORKFLOW) -- go_test_kernel ./scripts/test/e2e -run 'TestScripts/($(subst $(eval) ,|,$(basename $(notdir $(shell grep -l '^.*cut [A-Z]* ' scripts/test/e2e/testdata/*.txtar)))))$$'
release-attacks:
	$(ALL_OF) $(READER) -- go_test_kernel ./reader -run TestScrapeUnderAttack
release-rounds:
	$(ALL_OF) $(READER) -- go_test ./bpf/... ./reader/...
release-busy:
	$(ALL_OF) $(WORKFLOW) -- on_busy_machine go_test_kernel $(DEPEND_ON_MACHINE)
release-demo:
	$(ALL_OF) $(WORKFLOW) -- after_demo go_test_kernel $(DEPEND_ON_MACHINE)
release-mounts:
	$(ALL_OF) $(WORKFLOW) -- with_two_bpffs go_test_kernel $(DEPEND_ON_MACHINE)
release-packages:
	$(ALL_OF) $(EVERYTHING) -- scripts/package/try
release-image:
	$(ALL_OF) $(EVERYTHING) -- scripts/package/try-image
release-two-packages:
	$(ALL_OF) $(EVERYTHING) -- scripts/package/check
release-verifier:
	$(ALL_OF) $(PROGRAM) scripts/vm scripts/dev/verifier -- scripts/dev/verifier
release-ansible:
	$(ALL_OF) $(WORKFLOW) docs/ansible -- scripts/dev/ansible-test 3
release-browser:
	$(ALL_OF) docs/pictures scripts/test/docs -- go_test -tags browser -run TestInBrowser ./scripts/test/docs

# What depends on how the machine is: its mounts, its speed, what ran on it before.
DEPEND_ON_MACHINE := ./scripts/test/e2e ./reader ./reader/metrics \
	-run 'TestScripts/(refuse|bpffs|names|pins|rights|keep|run|ended|replace)$$|TestLabLeavesNothing|TestBothEnds|TestSignals|TestScrape|TestPrometheus'

# Under the kernel of a Debian suite: `make release-vm-sid-devices`, or all of them by `make vm-test KERNEL=sid`. With -i
# the time of the virtual machine does not depend on how busy this one is.
$(SUITES:%=release-vm-%-progtest): release-vm-%-progtest:
	$(ALL_OF) $(READER) scripts/vm -- in_vm $* progtest .
$(SUITES:%=release-vm-%-devices): release-vm-%-devices:
	$(ALL_OF) $(WORKFLOW) -- in_vm $* e2e Devices
$(SUITES:%=release-vm-%-netem): release-vm-%-netem:
	$(ALL_OF) $(WORKFLOW) -- in_vm $* e2e Netem
$(SUITES:%=release-vm-%-delays): release-vm-%-delays:
	$(ALL_OF) $(WORKFLOW) -- in_vm -i $* e2e 'TestDelays$$'
$(SUITES:%=release-vm-%-predicted): release-vm-%-predicted:
	$(ALL_OF) $(WORKFLOW) -- in_vm -i $* e2e TestDelaysAsPredicted
$(SUITES:%=release-vm-%-rates): release-vm-%-rates:
	$(ALL_OF) $(WORKFLOW) -- in_vm -i $* e2e 'TestRates|TestTCPOverDelay'
$(SUITES:%=release-vm-%-frames): release-vm-%-frames:
	$(ALL_OF) $(WORKFLOW) -- in_vm -i $* e2e TestFramesWait
$(SUITES:%=release-vm-%-change): release-vm-%-change:
	$(ALL_OF) $(WORKFLOW) -- in_vm -i $* e2e 'TestNothingLost|TestBackToXDP|TakenAway'
$(SUITES:%=release-vm-%-once): release-vm-%-once:
	$(ALL_OF) $(WORKFLOW) -- in_vm $* e2e 'TestFlips|TestDecidedOnce'
$(SUITES:%=release-vm-%-unseen): release-vm-%-unseen:
	$(ALL_OF) $(WORKFLOW) -- in_vm $* e2e 'TestDelivered|TestNoFalseAlarm'
$(SUITES:%=release-vm-%-docs): release-vm-%-docs:
	$(ALL_OF) $(EVERYTHING) -- in_vm $* docs TestQueueCommands
$(SUITES:%=release-vm-%-demo): release-vm-%-demo:
	$(ALL_OF) $(WORKFLOW) -- in_vm $* demo
# It is make that is killed, at each of its commands, and one kernel with fq is enough for that.
$(SUITES:%=release-vm-%-killed): release-vm-%-killed:
	$(ALL_OF) $(WORKFLOW) -- in_vm -i -t 10800 $* e2e 'TestScripts/killed$$'
