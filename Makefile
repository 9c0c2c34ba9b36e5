# SPDX-License-Identifier: GPL-2.0-only
# One Makefile for all rooms. `make` builds without root; `make help` lists the targets. V=1 shows the commands.

BUILD  ?= build
PREFIX ?= /usr/local
CLANG  ?= clang
BPFTOOL ?= $(firstword $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool) bpftool)
VERSION := 0.1.0

CFLAGS ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -DVFG_VERSION='"$(VERSION)"' -I$(BUILD)
WARN   := -Wall -Wextra -Wshadow -Werror -Wno-missing-field-initializers
STD    := -std=gnu11
ifdef SAN
BUILD  := build-san
CFLAGS += -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2);)

NSGC_LIBS   := -ljson-c -lz
LOADER_LIBS := -lbpf -lelf -lmnl $(NSGC_LIBS)

COMPILER_SRC := $(filter-out policy-compiler/main.c,$(wildcard policy-compiler/*.c))
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

.PHONY: all
all: $(BUILD)/nsgc $(BUILD)/vfguard $(BUILD)/libnsgc.a $(BPF_OBJ)

$(BUILD)/%.bpf.o: %.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) -target bpf -mcpu=v3 -O2 -g $(STD) $(WARN) -D__bpf__ \
		-idirafter /usr/include/$(shell gcc -print-multiarch) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $(notdir $*) > $@.tmp && mv $@.tmp $@

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# A unit that includes a skeleton needs it before its first dependency file exists.
$(LOADER_OBJ) $(call obj,$(BPFRING_SRC) $(LIVE_SRC) $(SUPPORT_SRC)): | $(SKEL)

$(BUILD)/libnsgc.a: $(COMPILER_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/nsgc: $(BUILD)/policy-compiler/main.o $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(NSGC_LIBS)

$(BUILD)/vfguard: $(LOADER_OBJ) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LOADER_LIBS)

$(BUILD)/test-pure: $(call obj,$(PURE_SRC)) $(SUPPORT_OBJ) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcriterion $(LOADER_LIBS)

# Everything of the loader but its main: the tests call the same rooms that the command does.
LOADER_ROOMS := $(filter-out $(BUILD)/loader/main.o,$(LOADER_OBJ))
$(BUILD)/test-bpf: $(call obj,$(BPFRING_SRC)) $(SUPPORT_OBJ) $(LOADER_ROOMS) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcriterion $(LOADER_LIBS)

$(BUILD)/test-live: $(call obj,$(LIVE_SRC)) $(SUPPORT_OBJ) $(LOADER_ROOMS) $(BUILD)/libnsgc.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcriterion $(LOADER_LIBS)

$(TOOLS): $(BUILD)/%: selftests/tools/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $<

.PHONY: clean
clean:
	$(Q)rm -rf build build-san

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
