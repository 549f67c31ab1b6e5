# One Makefile for everything, not recursive except where `make` must look
# again at what `make deps` has just installed.
#
#	make deps       install what the build and the tests need (Debian 12)
#	make            build/miso and build/kernel.elf
#	make demo       deps, build, the first-day walk
#	make check      deps, build, lint and all fast tests (no VM)
#	make check-all  check, then sanitizers, guest tests, integration, fuzz
#	make bench      ratios, measured in one run
#	make help       the other targets
#
# FLAVOUR=release (default) | debug | asan | tsan | fuzz. All but release
# build below build/<flavour>/.

SHELL := /bin/bash
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

FLAVOUR ?= release
OUT := build$(if $(filter-out release,$(FLAVOUR)),/$(FLAVOUR))
VERSION := 0.1.0
# Of the manual pages: the day of the version.
DATE := 2026-11-26
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local

# --- what is compiled -------------------------------------------------------

USER_SRC := $(wildcard parser/*/*.c planner/*/*.c providers/*.c \
	providers/*/*.c cmd/*.c cmd/ui/*.c kernel/abi/*.c)
VDSO_C := kernel/linux/vdso/vdso.c
LOADER_C := $(wildcard kernel/boot/disk/*.c) kernel/abi/gpt.c
EFI_C := $(wildcard kernel/boot/efi/*.c) kernel/boot/disk/load.c \
	kernel/boot/disk/elf_plan.c kernel/abi/gpt.c kernel/lib/string.c \
	kernel/lib/printf.c
KERNEL_C := $(filter-out $(VDSO_C) kernel/boot/disk/% kernel/boot/efi/%, \
	$(wildcard kernel/*/*.c kernel/*/*/*.c))
KERNEL_S := $(filter-out kernel/boot/disk/% kernel/boot/efi/%, \
	$(wildcard kernel/*/*.S kernel/*/*/*.S))
LWIP := build/lwip
LWIP_C = $(addprefix $(LWIP)/src/, $(shell cat kernel/net/lwip/sources.txt))

# Kernel code that also runs on the host, for unit tests and fuzzing.
KHOST_SRC := $(wildcard $(shell cat tests/lib/khost/sources.txt))
KNET_SRC := $(wildcard kernel/net/*.c)

UNIT_SRC := $(wildcard tests/unit/*/*/test_*.c tests/unit/*/*/*/test_*.c \
	tests/unit/*/test_*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
GUEST_SRC := $(wildcard tests/guest/*.c)
GUEST_HDR := $(wildcard tests/guest/*.h)

# --- how --------------------------------------------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wundef -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Wswitch-enum \
	-Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion \
	-Wconversion -Wsign-conversion -fno-common
WARN_GCC := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Walloca
WARN_CLANG := -Wmissing-variable-declarations

CC_release := gcc
CC_debug := gcc
CC_asan := clang
CC_tsan := clang
CC_fuzz := clang
CC := $(CC_$(FLAVOUR))

FLAGS_release := -O2 $(WARN_GCC)
FLAGS_debug := -O1 -DARENA_DEBUG -Werror $(WARN_GCC)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FLAGS_asan := -O1 -DARENA_DEBUG $(SANITIZE) $(WARN_CLANG)
FLAGS_tsan := -O1 -fsanitize=thread $(WARN_CLANG)
FLAGS_fuzz := -O1 -DARENA_DEBUG $(SANITIZE) -fsanitize=fuzzer-no-link
LD_asan := $(SANITIZE)
LD_tsan := -fsanitize=thread
LD_fuzz := $(SANITIZE) -fsanitize=fuzzer

COMMON := -std=c17 -g3 -fno-omit-frame-pointer $(WARN) -I. -MMD -MP \
	-ffile-prefix-map=$(CURDIR)=. -DMISO_VERSION='"$(VERSION)"'
# libcurl is loaded when it is needed: providers/http/curl.h.
LIBS := zlib yaml-0.1 libpcre2-8 jansson libcrypto ext2fs com_err libarchive
LIB_CFLAGS = $(shell pkg-config --cflags $(LIBS) libcurl)
LIB_LDFLAGS = $(shell pkg-config --libs $(LIBS)) -lpthread
USER_CFLAGS = $(COMMON) -D_GNU_SOURCE $(FLAGS_$(FLAVOUR)) $(LIB_CFLAGS)

KCC := gcc
KFLAGS_debug := -O1 -DKERNEL_DEBUG -Werror -fsanitize=undefined \
	-fsanitize-undefined-trap-on-error
KERNEL_CFLAGS = $(COMMON) $(WARN_GCC) -O2 $(KFLAGS_$(FLAVOUR)) -ffreestanding \
	-nostdinc -isystem $(shell $(KCC) -print-file-name=include) \
	-mno-red-zone -fpie -fvisibility=hidden -mgeneral-regs-only \
	-fno-strict-aliasing -fstack-protector-strong \
	-mstack-protector-guard=global -fcf-protection=none \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
	-Wframe-larger-than=2048
LWIP_CONFIG := $(wildcard kernel/net/lwip/*.h kernel/net/lwip/*/*.h)
LWIP_INC := -isystem kernel/net/lwip -isystem $(LWIP)/src/include
LWIP_CFLAGS = $(filter-out -W%,$(KERNEL_CFLAGS)) -w

USER_OBJ := $(USER_SRC:%.c=$(OUT)/obj/%.o)
LIB_OBJ := $(filter-out %/cmd/main.o,$(USER_OBJ))
KERNEL_OBJ := $(KERNEL_C:%.c=$(OUT)/kobj/%.o) $(KERNEL_S:%.S=$(OUT)/kobj/%.o)
LWIP_OBJ = $(LWIP_C:$(LWIP)/%.c=$(OUT)/kobj/lwip/%.o)
KHOST_OBJ := $(KHOST_SRC:%.c=$(OUT)/khost/%.o)
KNET_OBJ := $(KNET_SRC:%.c=$(OUT)/khost/%.o)
KNET_LWIP_OBJ = $(LWIP_C:$(LWIP)/%.c=$(OUT)/khost/lwip/%.o)
UNIT_BIN := $(UNIT_SRC:%.c=$(OUT)/%)

# --- products ---------------------------------------------------------------

.PHONY: all
all: $(OUT)/miso $(OUT)/kernel.elf $(OUT)/boot.bin

$(OUT)/miso: $(USER_OBJ)
	$(CC) $(LD_$(FLAVOUR)) -o $@ $^ $(LIB_LDFLAGS) -Wl,--as-needed

$(OUT)/libmiso.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(OUT)/libkhost.a: $(KHOST_OBJ) $(OUT)/knet.o
	@rm -f $@
	ar rcs $@ $^

# The network stack as one object: its variables lie together, so that a test
# can set them back (tests/lib/khost/net.c).
$(OUT)/knet.o: $(KNET_OBJ) $(LWIP)/.stamp
	@$(MAKE) --no-print-directory FLAVOUR=$(FLAVOUR) knet-objects
	ld -r $(LWIP_WRAPPED:%=--wrap=%) -o $@ $(KNET_OBJ) $(KNET_LWIP_OBJ)
	objcopy --rename-section .data=knet_data \
		--rename-section .data.rel.local=knet_data \
		--rename-section .bss=knet_bss $@

.PHONY: knet-objects
knet-objects: $(KNET_LWIP_OBJ)

$(OUT)/obj/cmd/cmd_man.o: USER_CFLAGS += -DMISO_DATE='"$(DATE)"'
$(OUT)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(USER_CFLAGS) -c -o $@ $<

KHOST_CFLAGS = $(USER_CFLAGS) -DKERNEL_HOST -fno-strict-aliasing \
	-isystem $(LWIP)/src/include -idirafter kernel/net/lwip
$(OUT)/khost/%.o: %.c Makefile | $(LWIP)/.stamp
	@mkdir -p $(@D)
	$(CC) $(KHOST_CFLAGS) -c -o $@ $<

$(OUT)/khost/lwip/%.o: $(LWIP)/%.c Makefile $(LWIP_CONFIG)
	@mkdir -p $(@D)
	$(CC) $(filter-out -W%,$(KHOST_CFLAGS)) -w $(LWIP_OWN) -c -o $@ $<

$(OUT)/kobj/%.o: %.c Makefile | $(LWIP)/.stamp
	@mkdir -p $(@D)
	$(KCC) $(KERNEL_CFLAGS) $(LWIP_INC) -c -o $@ $<

$(OUT)/kobj/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(KCC) $(KERNEL_CFLAGS) -D__ASSEMBLER__ -c -o $@ $<

$(OUT)/kobj/lwip/%.o: $(LWIP)/%.c Makefile $(LWIP_CONFIG)
	@mkdir -p $(@D)
	$(KCC) $(LWIP_CFLAGS) $(LWIP_INC) $(LWIP_OWN) -c -o $@ $<

# lwIP's headers are the system's to the compiler, which does not list those.
$(filter $(OUT)/kobj/kernel/net/%,$(KERNEL_OBJ)) $(KNET_OBJ): $(LWIP_CONFIG)

# Connections are found before it looks (kernel/net/tcp_table.h), and pages are
# sent where they lie (kernel/net/tcp_pages.c).
%/lwip/src/core/tcp_in.o: LWIP_OWN = -Dtcp_active_pcbs=tcp_table_active \
	-Dtcp_tw_pcbs=tcp_table_waiting
%/lwip/src/core/tcp_out.o: LWIP_OWN = -Dpbuf_alloc=tcp_page_pbuf
LWIP_WRAPPED := ip4_frag ip6_frag tcp_input tcp_tmr tcp_netif_ip_addr_changed \
	tcp_output tcp_rexmit_rto_commit tcp_split_unsent_seg \
	udp_input udp_bind udp_connect udp_remove udp_netif_ip_addr_changed

# The vDSO: user-mode code as a shared object that the kernel carries.
VDSO_CFLAGS = $(filter-out -mcmodel=kernel -fno-pic -fno-pie \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections, \
	$(COMMON)) $(WARN_GCC) -O2 -ffreestanding -nostdinc \
	-isystem $(shell $(KCC) -print-file-name=include) -fPIC \
	-fno-stack-protector -fcf-protection=none -mgeneral-regs-only \
	-fasynchronous-unwind-tables -Wno-missing-prototypes

$(OUT)/gen/vdso.o: $(VDSO_C) Makefile
	@mkdir -p $(@D)
	$(KCC) $(VDSO_CFLAGS) -c -o $@ $<

$(OUT)/gen/vdso.debug.so: $(OUT)/gen/vdso.o kernel/linux/vdso/vdso.ld
	ld -shared -Bsymbolic -soname linux-vdso.so.1 --hash-style=both \
		--eh-frame-hdr --build-id=none -z noexecstack -z norelro \
		-z max-page-size=4096 -T kernel/linux/vdso/vdso.ld -o $@ $<

$(OUT)/gen/vdso.so: $(OUT)/gen/vdso.debug.so
	objcopy --strip-all $< $@

$(OUT)/kobj/kernel/linux/vdso/image.o: $(OUT)/gen/vdso.so
$(OUT)/kobj/kernel/linux/vdso/image.o: KERNEL_CFLAGS += \
	-DVDSO_SO='"$(OUT)/gen/vdso.so"'

# The kernel is linked twice: the first link gives the addresses of functions,
# from which the table for backtraces is made.
KLINK = ld -nostdlib -pie --no-dynamic-linker -z notext -z norelro \
	-z pack-relative-relocs -Bsymbolic -z max-page-size=4096 -z noexecstack \
	--gc-sections --build-id=none $(LWIP_WRAPPED:%=--wrap=%) \
	-T kernel/boot/kernel.ld

$(OUT)/gen/symtab-empty.o $(OUT)/gen/symtab.o: %.o: %.S
	$(KCC) $(KERNEL_CFLAGS) -c -o $@ $<

$(OUT)/gen/symtab-empty.S: kernel/core/symtab.sh
	@mkdir -p $(@D)
	$< </dev/null >$@

$(OUT)/gen/kernel-pass1.elf: $(KERNEL_OBJ) $(OUT)/gen/symtab-empty.o \
		kernel/boot/kernel.ld $(LWIP)/.stamp
	@$(MAKE) --no-print-directory FLAVOUR=$(FLAVOUR) lwip-objects
	$(KLINK) -o $@ $(KERNEL_OBJ) $(LWIP_OBJ) $(OUT)/gen/symtab-empty.o

$(OUT)/gen/symtab.S: $(OUT)/gen/kernel-pass1.elf kernel/core/symtab.sh
	nm -n $< | kernel/core/symtab.sh >$@

$(OUT)/kernel.debug.elf: $(OUT)/gen/symtab.o $(OUT)/gen/kernel-pass1.elf
	$(KLINK) -o $@ $(KERNEL_OBJ) $(LWIP_OBJ) $<

# To loaders it is an ordinary executable: it relocates itself.
$(OUT)/kernel.elf: $(OUT)/kernel.debug.elf
	objcopy --strip-all $< $@
	printf '\2\0' | dd of=$@ bs=1 seek=16 conv=notrunc status=none

# What firmware starts. For a PC's BIOS: the boot sector, then the loader.
LOADER_CFLAGS = $(COMMON) $(WARN_GCC) -m32 -Os -ffreestanding -nostdinc \
	-isystem $(shell $(KCC) -print-file-name=include) -mgeneral-regs-only \
	-fno-pic -fno-pie -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	-ffunction-sections
LOADER_OBJ := $(OUT)/loader/kernel/boot/disk/start.o \
	$(LOADER_C:%.c=$(OUT)/loader/%.o)

$(OUT)/loader/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(KCC) $(LOADER_CFLAGS) -c -o $@ $<

$(OUT)/loader/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(KCC) $(LOADER_CFLAGS) -D__ASSEMBLER__ -c -o $@ $<

$(OUT)/loader/mbr.elf: $(OUT)/loader/kernel/boot/disk/mbr.o
	ld -m elf_i386 --build-id=none -Ttext=0x7c00 -e mbr_start -o $@ $<

$(OUT)/loader/loader.elf: $(LOADER_OBJ) kernel/boot/disk/loader.ld
	ld -m elf_i386 --gc-sections --build-id=none -z noexecstack \
		-T kernel/boot/disk/loader.ld -o $@ $(LOADER_OBJ)

# For UEFI: an application.
EFI_CFLAGS = $(COMMON) $(WARN_GCC) -Os -ffreestanding -nostdinc \
	-isystem $(shell $(KCC) -print-file-name=include) -mgeneral-regs-only \
	-mno-red-zone -fpie -fvisibility=hidden -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns -fno-jump-tables \
	-ffunction-sections -fdata-sections
EFI_OBJ := $(EFI_C:%.c=$(OUT)/efi/%.o) $(OUT)/efi/kernel/boot/efi/enter.o

$(OUT)/efi/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(KCC) $(EFI_CFLAGS) -c -o $@ $<

$(OUT)/efi/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(KCC) $(EFI_CFLAGS) -D__ASSEMBLER__ -c -o $@ $<

$(OUT)/efi/loader.elf: $(EFI_OBJ) kernel/boot/efi/efi.ld
	ld -pie --no-dynamic-linker --gc-sections --build-id=none \
		-z noexecstack -T kernel/boot/efi/efi.ld -o $@ $(EFI_OBJ)

$(OUT)/efi/loader.efi: $(OUT)/efi/loader.elf
	objcopy -O binary -j .header -j .text -j .reloc -j .data $< $@

# One file, as kernel/abi/gpt.h says: each part is filled up to its place.
$(OUT)/boot.bin: $(OUT)/loader/mbr.elf $(OUT)/loader/loader.elf \
		$(OUT)/efi/loader.efi
	objcopy -O binary -j .text --pad-to 0x7e00 $< $@
	objcopy -O binary $(OUT)/loader/loader.elf $@.loader
	cat $@.loader >>$@
	rm $@.loader
	truncate -s $$((33 * 512)) $@
	cat $(OUT)/efi/loader.efi >>$@

.PHONY: lwip-objects
lwip-objects: $(LWIP_OBJ)

$(LWIP)/.stamp: kernel/net/lwip/fetch.sh
	$< $(LWIP)

# --- set-up -----------------------------------------------------------------

.PHONY: deps demo
deps:
	@.ci/deps.sh
	@$(MAKE) --no-print-directory $(LWIP)/.stamp

demo: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@examples/mqtt/demo.sh build/miso

SHARE = $(DESTDIR)$(PREFIX)/share

.PHONY: install
install: all
	install -D -m 755 $(OUT)/miso $(DESTDIR)$(PREFIX)/bin/miso
	install -D -m 644 $(OUT)/kernel.elf \
		$(DESTDIR)$(PREFIX)/lib/miso/kernel.elf
	install -D -m 644 $(OUT)/boot.bin $(DESTDIR)$(PREFIX)/lib/miso/boot.bin
	@mkdir -p $(OUT)/share
	$(OUT)/miso man miso >$(OUT)/share/miso.1
	$(OUT)/miso man miso.yaml >$(OUT)/share/miso.yaml.5
	$(OUT)/miso completion bash >$(OUT)/share/miso.bash
	$(OUT)/miso completion zsh >$(OUT)/share/miso.zsh
	$(OUT)/miso completion fish >$(OUT)/share/miso.fish
	install -D -m 644 $(OUT)/share/miso.1 $(SHARE)/man/man1/miso.1
	install -D -m 644 $(OUT)/share/miso.yaml.5 $(SHARE)/man/man5/miso.yaml.5
	install -D -m 644 $(OUT)/share/miso.bash \
		$(SHARE)/bash-completion/completions/miso
	install -D -m 644 $(OUT)/share/miso.zsh \
		$(SHARE)/zsh/site-functions/_miso
	install -D -m 644 $(OUT)/share/miso.fish \
		$(SHARE)/fish/vendor_completions.d/miso.fish

# --- tests ------------------------------------------------------------------

$(OUT)/tests/unit/kernel/%: tests/unit/kernel/%.c $(OUT)/libkhost.a Makefile
	@mkdir -p $(@D)
	$(CC) $(USER_CFLAGS) -DKERNEL_HOST -MF $@.d $(LD_$(FLAVOUR)) -o $@ \
		$< $(OUT)/libkhost.a -lcmocka -lpthread

$(OUT)/tests/unit/%: tests/unit/%.c $(OUT)/libmiso.a Makefile
	@mkdir -p $(@D)
	$(CC) $(USER_CFLAGS) -MF $@.d $(LD_$(FLAVOUR)) -o $@ $< \
		$(OUT)/libmiso.a -lcmocka $(LIB_LDFLAGS)

# It is locked into a folder: see tests/fuzz/folder.h.
$(OUT)/tests/fuzz/fuzz_config $(OUT)/tests/corpus/fuzz_config: FUZZ_LDFLAGS = \
	-Wl,--wrap=open,--wrap=stat,--wrap=lstat,--wrap=access \
	-Wl,--wrap=realpath,--wrap=scandir,--wrap=glob
$(OUT)/tests/fuzz/fuzz_config $(OUT)/tests/corpus/fuzz_config: \
	tests/fuzz/folder.h

# Answers are lines of the input.
$(OUT)/tests/fuzz/fuzz_gcp $(OUT)/tests/corpus/fuzz_gcp: FUZZ_LDFLAGS = \
	-Wl,--wrap=http_send,--wrap=http_wait_ms

# A fuzz target without libFuzzer: it replays files.
CORPUS_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(OUT)/tests/corpus/%)

$(OUT)/tests/corpus/fuzz_k%: tests/fuzz/fuzz_k%.c tests/lib/replay.c \
		$(OUT)/libkhost.a
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(USER_CFLAGS)) -DKERNEL_HOST \
		$(LD_$(FLAVOUR)) -o $@ $(filter %.c,$^) $(OUT)/libkhost.a -lpthread

$(OUT)/tests/corpus/%: tests/fuzz/%.c tests/lib/replay.c $(OUT)/libmiso.a
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(USER_CFLAGS)) $(LD_$(FLAVOUR)) -o $@ \
		$(filter-out %.h,$^) $(FUZZ_LDFLAGS) $(LIB_LDFLAGS)

.PHONY: corpus-bins
corpus-bins: $(CORPUS_BIN)

# Guests that are not our kernel: the floor of benchmarks, and stand-ins for
# tests of the tool alone.
GUEST_LINK = gcc -m32 -nostdlib -static -no-pie -Wl,-Ttext=0x100000 \
	-Wl,--section-start=.note.pvh=0x101000 -Wl,-e,start \
	-Wl,--build-id=none -Wl,-z,noexecstack

$(OUT)/tests/bench/floor.elf: tests/bench/floor.S
	@mkdir -p $(@D)
	$(GUEST_LINK) -o $@ $<

$(OUT)/tests/lib/standin/stays.elf: tests/lib/standin/standin.S
	@mkdir -p $(@D)
	$(GUEST_LINK) -o $@ $<

$(OUT)/tests/lib/standin/%.elf: tests/lib/standin/standin.S
	@mkdir -p $(@D)
	$(GUEST_LINK) -DEND='"$(END_$*)\n"' -o $@ $<

END_exits0 := exit 0
END_exits3 := exit 3
END_panics := panic nobody home

STANDINS := stays exits0 exits3 panics
INTEGRATION_BIN := $(patsubst %.c,$(OUT)/%,$(wildcard tests/integration/*.c))

# A plugin of QEMU's: it has QEMU's symbols, and none of ours.
$(OUT)/tests/bench/icount.so: tests/bench/icount.c
	@mkdir -p $(@D)
	$(CC) -O2 -shared -fPIC -o $@ $<

$(OUT)/tests/bench/image: tests/bench/image.c $(OUT)/libmiso.a
	@mkdir -p $(@D)
	$(CC) $(USER_CFLAGS) -MF $@.d $(LD_$(FLAVOUR)) -o $@ $< \
		$(OUT)/libmiso.a $(LIB_LDFLAGS)

.PHONY: integration-bins
integration-bins: $(INTEGRATION_BIN) $(OUT)/tests/lib/patience $(OUT)/gce $(OUT)/tests/bench/floor.elf \
	$(STANDINS:%=$(OUT)/tests/lib/standin/%.elf) $(OUT)/tests/lib/probe \
	$(OUT)/tests/lib/echo $(OUT)/tests/lib/queues $(OUT)/tests/lib/hops \
	$(OUT)/miso $(OUT)/kernel.elf

# It is put in front of the C library.
.PHONY: fault-bins
fault-bins: $(OUT)/tests/faults/preload.so $(OUT)/miso $(OUT)/kernel.elf
$(OUT)/tests/faults/preload.so: tests/faults/preload.c
	@mkdir -p $(@D)
	gcc -std=gnu17 -D_GNU_SOURCE -O2 $(filter-out -Wpedantic,$(WARN)) \
		-fPIC -shared -o $@ $<

# A program for machines: built as anybody would build one.
$(OUT)/tests/lib/echo $(OUT)/tests/lib/queues $(OUT)/tests/lib/hops: $(OUT)/%: %.c
	@mkdir -p $(@D)
	gcc -std=c17 -D_GNU_SOURCE -O2 $(WARN) -static -o $@ $<

$(OUT)/tests/lib/probe: tests/lib/probe.c
	@mkdir -p $(@D)
	gcc -std=c17 -D_GNU_SOURCE -O2 $(WARN) -I. -o $@ $<

$(OUT)/tests/integration/%: tests/integration/%.c $(OUT)/libmiso.a Makefile
	@mkdir -p $(@D)
	$(CC) $(USER_CFLAGS) -MF $@.d $(LD_$(FLAVOUR)) -o $@ $< \
		$(OUT)/libmiso.a -lcmocka $(LIB_LDFLAGS)

# The test cloud: Compute Engine and Cloud Storage on loopback.
GCE_SRC := $(wildcard tests/gce/*.c)
GCE_OBJ := $(GCE_SRC:%.c=$(OUT)/obj/%.o)

$(OUT)/gce: $(GCE_OBJ)
	$(CC) $(LD_$(FLAVOUR)) -o $@ $^ -lmicrohttpd -ljansson -lcrypto -lz \
		-lpthread

.PHONY: gce
gce: $(OUT)/gce
	@mkdir -p build/gce-data
	$(OUT)/gce --dir build/gce-data --open --port 8086 \
		--addresses 127.0.1.1

# Programs for the guest: static, and some also as other kinds of executable
# (NAME-dynamic is a PIE with glibc, NAME-nopie is static at a fixed address).
GUEST_DYNAMIC := files memory threads signals process tcp vdso
GUEST_NOPIE := memory threads
GUEST_MUSL := files threads signals tcp vdso
GUEST_BIN := $(GUEST_SRC:%.c=$(OUT)/%) \
	$(GUEST_DYNAMIC:%=$(OUT)/tests/guest/%-dynamic) \
	$(GUEST_NOPIE:%=$(OUT)/tests/guest/%-nopie) \
	$(GUEST_MUSL:%=$(OUT)/tests/guest/%-musl)
# They pass bad addresses and sizes on purpose.
GUEST_MISTAKES := -Wno-nonnull -Wno-restrict -Wno-stringop-overflow \
	-Wno-stringop-overread -Wno-array-bounds
GUEST_CFLAGS := -std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wshadow \
	-Wstrict-prototypes -I. -pthread -ffile-prefix-map=$(CURDIR)=. \
	$(GUEST_MISTAKES)

.PHONY: guest-bins guest
guest-bins: $(GUEST_BIN) $(OUT)/tests/lib/alone $(OUT)/tests/lib/patience

$(OUT)/tests/lib/alone $(OUT)/tests/lib/patience: $(OUT)/tests/lib/%: \
		tests/lib/%.c Makefile
	@mkdir -p $(@D)
	gcc $(GUEST_CFLAGS) -static -o $@ $<

guest: $(OUT)/kernel.elf guest-bins
	@tests/run.sh $(OUT) guest

$(OUT)/tests/guest/%-dynamic: tests/guest/%.c $(GUEST_HDR) Makefile
	@mkdir -p $(@D)
	gcc $(GUEST_CFLAGS) -fPIE -pie -o $@ $<

$(OUT)/tests/guest/%-nopie: tests/guest/%.c $(GUEST_HDR) Makefile
	@mkdir -p $(@D)
	gcc $(GUEST_CFLAGS) -fno-pie -no-pie -static -o $@ $<

$(OUT)/tests/guest/%-musl: tests/guest/%.c $(GUEST_HDR) Makefile
	@mkdir -p $(@D)
	musl-gcc $(GUEST_CFLAGS) -fno-pie -no-pie -static -o $@ $<

$(OUT)/tests/guest/%: tests/guest/%.c $(GUEST_HDR) Makefile
	@mkdir -p $(@D)
	gcc $(GUEST_CFLAGS) -fPIE -static-pie -o $@ $<

# A machine that is stopped, gdb attached: make debug PROG=/bin/ls ARGS=/
PROG ?= $(OUT)/tests/lib/probe
ARGS ?= pause
.PHONY: debug
debug: $(OUT)/kernel.elf $(OUT)/tests/lib/probe
	@tests/lib/debug.sh $(OUT) $(PROG) $(ARGS)

.PHONY: check check-fast check-all lint unit unit-bins format check-format
check: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all unit-bins corpus-bins
	@$(MAKE) --no-print-directory check-fast

check-fast: lint
	@tests/run.sh $(OUT) unit golden corpus

check-all: check
	@$(MAKE) --no-print-directory -j$(JOBS) FLAVOUR=asan unit-bins \
		corpus-bins
	@tests/run.sh build/asan unit corpus
	@$(MAKE) --no-print-directory tsan
	@.ci/deps.sh integration
	@.ci/deps.sh programs
	@$(MAKE) --no-print-directory -j$(JOBS) guest-bins integration-bins \
		fault-bins
	@tests/run.sh build faults guest integration programs schema
	@$(MAKE) --no-print-directory fuzz T=60

unit-bins: $(UNIT_BIN) $(OUT)/gce

# Everything that has threads under ThreadSanitizer: the unit tests, and the
# commands as the golden tests run them.
.PHONY: tsan
tsan:
	@$(MAKE) --no-print-directory -j$(JOBS) FLAVOUR=tsan all unit-bins
	@tests/run.sh build/tsan unit golden

unit: unit-bins
	@tests/run.sh $(OUT) unit

lint: check-format
	@tests/lint/layers.sh
	@tests/lint/banned.sh
	@tests/lint/prefixes.sh

SOURCES = $(shell git ls-files -co --exclude-standard '*.c' '*.h')
format:
	@clang-format -i $(SOURCES)

check-format:
	@clang-format --dry-run --Werror $(SOURCES)

.PHONY: check-headers tidy fuzz bench stats clean help
check-headers:
	@for h in $$(git ls-files 'parser/*.h' 'planner/*.h' 'providers/*.h' \
		'cmd/*.h'); do \
		$(CC) $(filter-out -MMD -MP,$(USER_CFLAGS)) -x c \
			-fsyntax-only $$h || exit 1; done

tidy:
	@clang-tidy --quiet $(USER_SRC) -- $(filter-out -MMD -MP -W%, \
		$(USER_CFLAGS)) 2>/dev/null

# Fuzz every target for T seconds; findings land in build/fuzz/.
T ?= 60
fuzz:
	@$(MAKE) --no-print-directory -j$(JOBS) FLAVOUR=fuzz fuzz-bins
	@tests/fuzz/run.sh build/fuzz $(T)

.PHONY: fuzz-bins
fuzz-bins: $(FUZZ_SRC:%.c=$(OUT)/%)

$(OUT)/tests/fuzz/fuzz_k%: tests/fuzz/fuzz_k%.c $(OUT)/libkhost.a
	@mkdir -p $(@D)
	$(CC) $(USER_CFLAGS) -DKERNEL_HOST $(LD_$(FLAVOUR)) -o $@ $< \
		$(OUT)/libkhost.a -lpthread

$(OUT)/tests/fuzz/%: tests/fuzz/%.c $(OUT)/libmiso.a
	@mkdir -p $(@D)
	$(CC) $(USER_CFLAGS) $(LD_$(FLAVOUR)) -o $@ $< $(OUT)/libmiso.a \
		$(FUZZ_LDFLAGS) $(LIB_LDFLAGS)

bench: all $(addprefix $(OUT)/tests/bench/,floor.elf image icount.so)
	@.ci/deps.sh bench
	@tests/bench/run.sh $(OUT)
	@python3 tests/bench/least.py $(OUT)
	@tests/bench/kernel/run.sh $(OUT)
	@tests/bench/plan.py $(OUT)
	@tests/bench/language.py $(OUT)

stats:
	@tests/lint/stats.sh

clean:
	rm -rf build

help:
	@sed -n '4,13p' Makefile | sed 's/^#\t*//'
	@echo 'also: install debug tsan format tidy check-headers fuzz T=60 stats clean'

-include $(USER_OBJ:.o=.d) $(GCE_OBJ:.o=.d) $(KERNEL_OBJ:.o=.d) \
	$(KHOST_OBJ:.o=.d) $(KNET_OBJ:.o=.d) $(UNIT_BIN:%=%.d) \
	$(OUT)/gen/vdso.d $(LOADER_OBJ:.o=.d) $(EFI_OBJ:.o=.d)
