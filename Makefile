# SPDX-License-Identifier: GPL-2.0-only
# One Makefile for all rooms. `make` builds without root; `make help` lists the targets. V=1 shows
# the commands, SAN=1 builds with the sanitizers in a folder of its own.

BUILD  ?= build
PREFIX ?= /usr/local
CLANG  ?= clang
BPFTOOL ?= $(firstword $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool) bpftool)
VERSION := 0.1.0

ifdef SAN
BUILD  := build-san
endif

CFLAGS ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -DVFG_VERSION='"$(VERSION)"' -I$(BUILD)
WARN   := -Wall -Wextra -Wshadow -Werror -Wno-missing-field-initializers
STD    := -std=gnu11
# Kernels up to 6.1 refuse a loop whose last instruction falls through to its first ("back-edge from
# insn N to N+1"); clang lays loops out so unless told to keep the blocks in order (test_loop).
BPF_FLAGS = -target bpf -mcpu=v3 -O2 -g $(BPF_ORDER) $(STD) $(WARN) -D__bpf__ $(BPF_INCLUDE)
BPF_ORDER = -mllvm -disable-block-placement
BPF_INCLUDE = -idirafter /usr/include/$(shell $(CC) -print-multiarch)
ifdef SAN
CFLAGS += -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) '$(strip $(2))';)

NSGC_LIBS   := -ljson-c -lz
LOADER_LIBS := -lbpf -lelf -lmnl -linih -lsystemd -lcrypto $(NSGC_LIBS)

# The nsgc command; all else in its room is the pure library.
COMMAND_SRC  := $(addprefix policy-compiler/,main.c run.c file.c)
COMPILER_SRC := $(filter-out $(COMMAND_SRC),$(wildcard policy-compiler/*.c))
LOADER_SRC   := $(wildcard loader/*.c)
BPF_SRC      := $(wildcard bpf/*.bpf.c)
SUPPORT_SRC  := $(filter-out selftests/test_%.c,$(wildcard selftests/*.c))
PURE_SRC     := $(wildcard selftests/test_*.c)
BPFRING_SRC  := $(wildcard selftests/bpf/*.c)
LIVE_SRC     := $(wildcard selftests/live/*.c)
TOOL_SRC     := $(wildcard selftests/tools/*.c)

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
COMPILER_OBJ := $(call obj,$(COMPILER_SRC))
LOADER_OBJ   := $(call obj,$(LOADER_SRC))
SUPPORT_OBJ  := $(call obj,$(SUPPORT_SRC))
BPF_OBJ      := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(BPF_SRC))
SKEL         := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.skel.h,$(BPF_SRC))
TOOLS        := $(patsubst selftests/tools/%.c,$(BUILD)/%,$(TOOL_SRC))

# Where make was not told how many jobs to run, the targets that build everything take all cores.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1))
LIBRARY_HEADERS := packaging/nsgc.h $(addprefix policy-compiler/,nsgc.h arguments.h clash.h explain.h) \
		   $(addprefix maps/,abi.h image.h policy.h)
RINGS := pure bpf live fuzz boot vm
TESTS := $(addprefix $(BUILD)/test-,$(filter-out fuzz boot vm,$(RINGS)))
# Of the ring vm, which takes half an hour, what goes with the others: each kind of master, and the
# programs on the older kernel. make test-vm has all.
VM_CASES := boot bpf@6.1 netvsc@6.12 bond@6.12 failover@6.12

.PHONY: all
all: ## build everything (no root needed)
all: $(BUILD)/nsgc $(BUILD)/vfguard $(BUILD)/libnsgc.a $(BPF_OBJ) $(TOOLS) $(BUILD)/shift.so

$(BUILD)/%.bpf.o: %.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPF_FLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $(notdir $*) > $@.tmp && mv $@.tmp $@

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# A unit that includes a skeleton needs it before its first dependency file exists.
$(LOADER_OBJ) $(call obj,$(BPFRING_SRC) $(LIVE_SRC) $(SUPPORT_SRC)): | $(SKEL)

# Taken in as they are (.incbin), which the compiler's list of dependencies does not name.
$(BUILD)/loader/doctor_files.o: $(wildcard packaging/udev/* packaging/network/*)

$(BUILD)/libnsgc.a: $(COMPILER_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/nsgc: $(call obj,$(COMMAND_SRC)) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(NSGC_LIBS)

$(BUILD)/vfguard: $(LOADER_OBJ) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ -lncurses -ltinfo $(LOADER_LIBS)

# Rooms of the loader that need neither root nor a kernel's help.
PURE_ROOMS := $(call obj,$(addprefix loader/,config.c config_key.c role.c say.c screen.c sha256.c \
	share.c timeout.c tuning.c \
	age.c balance.c endpoint.c flow_list.c flow_match.c flow_print.c flow_slot.c life.c \
	retired.c rule_id.c rule_list.c rule_name.c status_name.c top_model.c top_text.c \
	doctor_judge.c doctor_judge_manager.c doctor_judge_nic.c doctor_judge_version.c finding.c \
	$(addprefix log_,config.c event.c file.c format.c identity.c name.c nsg.c path.c pipe.c \
	prune.c text.c track.c vnet.c)))
$(BUILD)/test-pure: $(call obj,$(PURE_SRC)) $(SUPPORT_OBJ) $(PURE_ROOMS) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcriterion $(LOADER_LIBS)

# Everything of the loader but its main: the tests call the same rooms that the command does.
# (top's terminal apart: ncurses is linked to the command only.)
LOADER_ROOMS := $(filter-out $(addprefix $(BUILD)/loader/,main.o top.o top_screen.o),$(LOADER_OBJ))
# The flood test stands on rooms of the bench.
FEED_SRC  := $(addprefix selftests/bench/,feeder.c flood.c pick.c rig.c row.c ruleset.c)
FEED_SKEL := $(patsubst %.bpf.c,$(BUILD)/%.skel.h,$(wildcard selftests/bench/*.bpf.c))
$(call obj,$(FEED_SRC)): | $(SKEL) $(FEED_SKEL)
.SECONDARY: $(FEED_SKEL:.skel.h=.bpf.o)
$(BUILD)/test-bpf: $(call obj,$(BPFRING_SRC) $(FEED_SRC)) $(SUPPORT_OBJ) $(LOADER_ROOMS) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcriterion $(LOADER_LIBS)

$(BUILD)/test-live: $(call obj,$(LIVE_SRC)) $(SUPPORT_OBJ) $(LOADER_ROOMS) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcriterion $(LOADER_LIBS)

$(TOOLS): $(BUILD)/%: selftests/tools/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(TOOL_LIBS)
$(BUILD)/account: TOOL_LIBS := -lbpf -lelf -lmnl

# Preloaded by tests; without the sanitizers, which want to be loaded first.
$(BUILD)/%.so: selftests/preload/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(STD) $(WARN) $(CPPFLAGS) -O2 -shared -fPIC -o $@ $<

# The examples see the library only as it is installed.
STAGE    := $(abspath $(BUILD))/stage
EXAMPLES := $(patsubst docs/examples/%.c,$(BUILD)/example-%,$(wildcard docs/examples/*.c))
STAGED    = PKG_CONFIG_SYSROOT_DIR=$(STAGE) PKG_CONFIG_LIBDIR=$(STAGE)$(PREFIX)/lib/pkgconfig pkg-config
$(EXAMPLES): $(BUILD)/example-%: docs/examples/%.c $(BUILD)/libnsgc.a $(LIBRARY_HEADERS) packaging/libnsgc.pc
	$(Q)$(MAKE) --no-print-directory DESTDIR=$(STAGE) install-library >/dev/null
	$(call say,EXAMPLE,$<)$(CC) $(STD) $(WARN) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		$$($(STAGED) --cflags --libs libnsgc)

# ---- tests ----

# Dependencies first, then make anew: what is found at parse time may only now be there.
.PHONY: test
test: ## all test rings (root); ends with "N passed, N failed"
	$(call need_root,test)
	@packaging/deps
	@packaging/deps vm || echo "test: continuing without them" >&2
	$(Q)$(MAKE) --no-print-directory $(JOBS) test-build
	@BUILD=$(abspath $(BUILD)) CASES="$(VM_CASES)" selftests/run-rings $(RINGS)

.PHONY: test-build
test-build: all $(TESTS) $(EXAMPLES) fuzz-build

.PHONY: test-pure
test-pure: ## the ring that needs no root: the compiler and everything pure
test-pure: $(BUILD)/test-pure $(BUILD)/nsgc $(EXAMPLES)
	@BUILD=$(abspath $(BUILD)) selftests/run-rings pure

.PHONY: test-bpf
test-bpf: ## the ring that runs the programs by BPF_PROG_TEST_RUN (root)
test-bpf: $(BUILD)/test-bpf all
	@BUILD=$(abspath $(BUILD)) selftests/run-rings bpf

.PHONY: test-live
test-live: ## the ring with real packets in network namespaces (root)
test-live: $(BUILD)/test-live all
	@BUILD=$(abspath $(BUILD)) selftests/run-rings live

.PHONY: test-boot
test-boot: ## the ring that boots a container with the service in it (root)
test-boot: all
	@BUILD=$(abspath $(BUILD)) selftests/run-rings boot

.PHONY: test-vm
test-vm: ## the ring that boots other kernels under QEMU (root); CASES="bond bpf@6.12"
test-vm: $(BUILD)/test-bpf all
	$(call need_root,test-vm)
	@packaging/deps vm || echo "test-vm: continuing without them" >&2
	@BUILD=$(abspath $(BUILD)) CASES="$(CASES)" selftests/run-rings vm

# ---- measuring ----

$(BUILD)/bench-compile: $(call obj,selftests/bench/compile.c selftests/scale.c selftests/generate.c) \
			$(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(NSGC_LIBS)

.PHONY: bench-compile
bench-compile: ## what a compile costs, as a table and in $(BUILD)/bench/compile.json
bench-compile: $(BUILD)/bench-compile
	@mkdir -p $(BUILD)/bench
	$(Q)$< $(BUILD)/bench/compile.json

BENCH_SRC := $(filter-out %/compile.c %.bpf.c,$(wildcard selftests/bench/*.c)) selftests/bpf/prog_run.c \
	     selftests/bpf/prog_look.c selftests/bpf/warm.c
$(call obj,$(BENCH_SRC)): | $(SKEL) $(FEED_SKEL)
$(BUILD)/bench-run: $(call obj,$(BENCH_SRC)) $(SUPPORT_OBJ) $(LOADER_ROOMS) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcriterion -lpthread $(LOADER_LIBS)

# Packages that are missing cost rows, not the run.
.PHONY: bench bench-flood
bench: ## measure everything (root): table, $(BUILD)/bench/results.json and plots; GROUPS="program veth"
	$(call need_root,bench)
	@packaging/deps
	@packaging/deps bench || echo "bench: continuing without them" >&2
	$(Q)$(MAKE) --no-print-directory $(JOBS) all $(BUILD)/bench-run $(BUILD)/bench-compile
	@BUILD=$(abspath $(BUILD)) $(BUILD)/bench-run $(GROUPS)

bench-flood: ## the long floods only: 10 million flows each
	$(Q)$(MAKE) --no-print-directory bench GROUPS=flood

# ---- fuzzing ----

# The library once more, with the sanitizers, and with an arena whose ends they see.
FUZZ_FLAGS  := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	       -fno-sanitize-recover=undefined
FUZZ_ROOMS  := $(patsubst selftests/fuzz/fuzz_%.c,%,$(wildcard selftests/fuzz/fuzz_*.c))
FUZZERS     := $(FUZZ_ROOMS:%=$(BUILD)/fuzz/fuzz_%)
FUZZ_SHARED := selftests/fuzz/arena.c selftests/fuzz/probe.c selftests/generate.c selftests/generate_tuple.c
FUZZ_OBJ    := $(patsubst %.c,$(BUILD)/fuzz/%.o,\
	       $(filter-out %/arena.c,$(COMPILER_SRC)) $(FUZZ_SHARED))
FUZZ_SECONDS ?= 300

$(BUILD)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)$(CLANG) $(STD) $(WARN) $(CPPFLAGS) $(FUZZ_FLAGS) -MMD -MP -c $< -o $@

$(FUZZERS): $(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/selftests/fuzz/fuzz_%.o $(FUZZ_OBJ)
	$(call say,LINK,$@)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(NSGC_LIBS)

# Where clang came without its runtime, run-rings says so.
.PHONY: fuzz-build
fuzz-build:
	$(Q)if ls "$$($(CLANG) -print-runtime-dir)"/libclang_rt.fuzzer[-.]* >/dev/null 2>&1; then \
		$(MAKE) --no-print-directory $(FUZZERS); fi

.PHONY: test-fuzz
test-fuzz: ## the ring that replays the fuzzers' seeds and searches for seconds
test-fuzz: fuzz-build
	@BUILD=$(abspath $(BUILD)) selftests/run-rings fuzz

.PHONY: fuzz
fuzz: ## search with every fuzzer for FUZZ_SECONDS, two at a time
fuzz: $(FUZZERS)
	@BUILD=$(abspath $(BUILD)) KEEP=$(abspath $(BUILD))/fuzz/corpus selftests/fuzz/run $(FUZZ_SECONDS)

.PHONY: demo
demo: ## the whole path on real packets, in network namespaces of its own (root)
	$(call need_root,demo)
	@packaging/deps
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	@BUILD=$(abspath $(BUILD)) selftests/demo

CHURN_TIMES ?= 1000
CHURN_SECONDS ?= 60
.PHONY: churn churn-flap
churn: ## the VF is revoked and restored CHURN_TIMES times under traffic (root)
	$(call need_root,churn)
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	@BUILD=$(abspath $(BUILD)) selftests/churn-host --case host --times $(CHURN_TIMES) --pause 5-30

churn-flap: ## the VF flaps for CHURN_SECONDS, as fast as it can be made to (root)
	$(call need_root,churn-flap)
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	@BUILD=$(abspath $(BUILD)) selftests/churn-host --flap --case host-flap \
		--seconds $(CHURN_SECONDS) --pause 0-5

need_root = @[ "$$(id -u)" -eq 0 ] || { echo "make $(1) needs root: sudo make $(1)" >&2; exit 1; }

# ---- the state of the sources ----

SOURCES := $(wildcard maps/*.h bpf/*.[ch] policy-compiler/*.[ch] loader/*.[ch] selftests/*.[ch] \
	   selftests/*/*.[ch] docs/examples/*.c)
HOST_SRC := $(filter-out bpf/% docs/% %.bpf.c,$(filter %.c,$(SOURCES)))
# Compiled by a kernel's own build system, with its warnings, only the form is looked at here.
MODULE_SRC := $(wildcard selftests/vm/double/*.[ch])
SCRIPTS := .ci/run packaging/deps selftests/lab selftests/demo selftests/run-rings selftests/layers \
	   selftests/fuzz/run selftests/boot/run selftests/boot/manager selftests/boot/check \
	   selftests/churn selftests/churn-host \
	   $(addprefix selftests/vm/,boot churning far guest init kernel master run start) $(wildcard selftests/vm/case-*) \
	   selftests/vm/double/build selftests/vm/double/lab selftests/vm/systemd/gather selftests/vm/systemd/look

.PHONY: layers
layers: ## who includes whom, and what the pure library calls (style guide, section 2)
layers: $(BUILD)/libnsgc.a
	$(call say,LAYERS,maps bpf policy-compiler loader)selftests/layers $<

.PHONY: format
format: ## clang-format over every source
	$(call say,FORMAT,$(words $(SOURCES)) files)clang-format -i $(SOURCES) $(MODULE_SRC)

.PHONY: lint
lint: ## gcc and clang over host and BPF sources, form, padding, scripts
lint: lint-host lint-bpf lint-padding lint-form lint-scripts

.PHONY: lint-host
lint-host: $(SKEL) $(FEED_SKEL)
	$(call say,GCC,$(words $(HOST_SRC)) files)gcc -fsyntax-only $(STD) $(WARN) $(CPPFLAGS) $(HOST_SRC)
	$(call say,CLANG,$(words $(HOST_SRC)) files)$(CLANG) -fsyntax-only $(STD) $(WARN) $(CPPFLAGS) $(HOST_SRC)

BPF_LINT = $(BPF_SRC) $(wildcard selftests/bench/*.bpf.c)
.PHONY: lint-bpf
lint-bpf:
	$(call say,GCC,$(BPF_LINT))gcc -fsyntax-only -O2 $(STD) $(WARN) -D__bpf__ $(BPF_LINT)
	$(call say,CLANG,$(BPF_LINT))$(CLANG) -fsyntax-only $(BPF_FLAGS) $(BPF_LINT)

# The contract has no padding but what it names, for the host and for BPF. Each file is also tried
# alone: a header includes what it needs.
MAPS := $(wildcard maps/*.h)
.PHONY: lint-padding
lint-padding:
	$(call say,PADDING,maps/*.h)for header in $(filter-out %.bpf.h,$(MAPS)); do \
		printf '#include "%s"\n' $$header | \
			gcc -x c -fsyntax-only $(STD) $(WARN) -Wpadded -I. - || exit 1; \
	done
	$(Q)for header in $(MAPS); do \
		printf '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n#include "%s"\n' $$header | \
			$(CLANG) -x c -fsyntax-only $(BPF_FLAGS) -Wpadded -I. - || exit 1; \
	done

.PHONY: lint-form
lint-form:
	$(call say,FORM,$(words $(SOURCES)) files)clang-format --dry-run -Werror $(SOURCES) $(MODULE_SRC)

.PHONY: lint-scripts
lint-scripts:
	$(call say,SHELL,$(SCRIPTS))if command -v shellcheck >/dev/null; then \
		shellcheck $(SCRIPTS) packaging/completion/*; else echo "shellcheck is not installed: scripts not checked"; fi

# ---- installing ----

DOC := $(DESTDIR)$(PREFIX)/share/doc/vfguard
MAN := $(DESTDIR)$(PREFIX)/share/man
COMPLETION := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
# Where the service manager looks, whatever PREFIX is.
UNITDIR ?= $(or $(shell pkg-config --variable=systemdsystemunitdir systemd 2>/dev/null),/usr/lib/systemd/system)

.PHONY: install
install: ## install below $(DESTDIR)$(PREFIX)
install: all install-library
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(BUILD)/nsgc
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/sbin $(BUILD)/vfguard
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/vfguard $(BPF_OBJ)
	install -D -m 644 -t $(COMPLETION) packaging/completion/nsgc packaging/completion/vfguard
	install -D -m 644 -t $(MAN)/man1 packaging/man/nsgc.1
	install -D -m 644 -t $(MAN)/man5 packaging/man/vfguard.conf.5
	install -D -m 644 -t $(MAN)/man8 packaging/man/vfguard.8
	install -D -m 644 -t $(DOC) README.md LICENSE docs/architecture.md docs/coverage.md docs/doctor.md docs/logs.md \
		docs/sources.md \
		packaging/vfguard.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/vfguard/grafana packaging/grafana/vfguard.json
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|@PREFIX@|$(PREFIX)|' packaging/systemd/vfguard.service > $(DESTDIR)$(UNITDIR)/vfguard.service
	chmod 644 $(DESTDIR)$(UNITDIR)/vfguard.service

# One header for users, and below it the tree that it includes from.
INCLUDE   := $(DESTDIR)$(PREFIX)/include/vfguard
PKGCONFIG := $(DESTDIR)$(PREFIX)/lib/pkgconfig
.PHONY: install-library
install-library: ## install libnsgc only: header, archive, pkg-config file
install-library: $(BUILD)/libnsgc.a
	for header in $(LIBRARY_HEADERS); do \
		install -D -m 644 $$header $(INCLUDE)/$${header#packaging/} || exit 1; \
	done
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib $(BUILD)/libnsgc.a
	install -d $(PKGCONFIG)
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' packaging/libnsgc.pc > $(PKGCONFIG)/libnsgc.pc
	chmod 644 $(PKGCONFIG)/libnsgc.pc

.PHONY: uninstall
uninstall: ## remove what install installed; policies in force stay in force (vfguard clean)
	rm -f $(DESTDIR)$(PREFIX)/bin/nsgc $(DESTDIR)$(PREFIX)/sbin/vfguard
	rm -f $(COMPLETION)/nsgc $(COMPLETION)/vfguard $(MAN)/man1/nsgc.1 $(MAN)/man5/vfguard.conf.5 \
		$(MAN)/man8/vfguard.8 $(DESTDIR)$(UNITDIR)/vfguard.service
	rm -f $(DESTDIR)$(PREFIX)/lib/libnsgc.a $(PKGCONFIG)/libnsgc.pc
	rm -rf $(DESTDIR)$(PREFIX)/lib/vfguard $(DESTDIR)$(PREFIX)/share/vfguard $(INCLUDE) $(DOC)

.PHONY: deps
deps: ## install the Debian packages that are missing (root)
	@packaging/deps
	@packaging/deps vm

.PHONY: clean
clean: ## remove what was built
	$(Q)rm -rf build build-san

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "  variables: V=1 SAN=1 PREFIX=$(PREFIX) UNITDIR=$(UNITDIR) DESTDIR= BUILD=$(BUILD) CC=$(CC) CLANG=$(CLANG) FUZZ_SECONDS=$(FUZZ_SECONDS) GROUPS= BENCH_ROUNDS= BENCH_FLOWS= CHURN_TIMES=$(CHURN_TIMES) CHURN_SECONDS=$(CHURN_SECONDS)"

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)
