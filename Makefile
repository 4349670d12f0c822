# SPDX-License-Identifier: GPL-2.0-only
# Targets for people. Kbuild says how the module is built.

KDIR ?= /lib/modules/$(shell uname -r)/build
LAB = tools/testing/vm/lab
SECS ?= 60
VERSION = $(shell sed -n 's/^MODULE_VERSION("\(.*\)");$$/\1/p' mtty.c)
SOURCE = $(DESTDIR)/usr/src/mtty-$(VERSION)

all: modules

help: ## list the targets and variables
	@echo 'Targets:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -ts '|'
	@echo 'Variables:'
	@echo '  TESTS=...   what check, check-debug and check-kernels run, instead of everything:'
	@echo '              stages, or parts of stages, as in make check TESTS="static host:irq_intx_test"'
	@echo '              (Documentation/testing.rst lists the stages)'
	@echo '  KDIR=dir    kernel build directory (default: $(KDIR))'
	@echo '  SECS=n      seconds of fuzzing for fuzz (default: 60)'
	@echo '  PEER=file   mtty.ko that bench compares with (default: build the kernel'"'"'s sample)'
	@echo '  ACCEL=kvm   or tcg: how the lab runs its virtual machines (default: kvm if it works)'

modules: ## build mtty.ko (the default)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

clean: ## remove the build products
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

load: modules ## load mtty.ko into the running kernel
	modprobe -a vfio vfio_iommu_type1 mdev
	insmod ./mtty.ko
	@echo 'mtty is loaded: see /sys/devices/virtual/mtty/mtty/mdev_supported_types'

unload: ## remove the module from the running kernel
	rmmod mtty

version: ## print the version
	@echo $(VERSION)

install-source: ## copy the sources for dkms to DESTDIR/usr/src
	install -d $(SOURCE)
	install -m 644 Kbuild $(filter-out %.mod.c,$(wildcard *.[ch])) $(SOURCE)
	sed 's/#MODULE_VERSION#/$(VERSION)/' dkms.conf >$(SOURCE)/dkms.conf

dkms-install: ## install mtty with dkms, for the running kernel and later ones
	[ -z "$$(dkms status mtty/$(VERSION))" ] || dkms remove mtty/$(VERSION) --all
	$(MAKE) install-source
	dkms install mtty/$(VERSION)

dkms-remove: ## remove mtty and its sources from dkms
	dkms remove mtty/$(VERSION) --all
	rm -r $(SOURCE)

deb: ## build the Debian package mtty-dkms in dist/
	$(LAB) tree tools/package/build dist

htmldocs: ## build the documentation as HTML in html/
	$(LAB) tree make -s -C Documentation O=$(CURDIR)/html html
	@echo 'see html/index.html'

demo: ## show a card in use in a virtual machine: create, QEMU, minicom, live migration
	CPUS=1 $(LAB) run tools/testing/qemu/demo

demo-faults: ## show what QEMU does if a card fails, is slow, is large or cannot migrate
	CPUS=1 $(LAB) run tools/testing/qemu/demo-faults

check: ## run the tests on Debian's kernels, in virtual machines
	tools/testing/check

check-debug: ## run the tests on debug kernels, with fault injection and random calls
	tools/testing/check-debug

check-kernels: ## build the module for every supported kernel
	tools/testing/check-kernels

bench: ## compare the speed with the kernel's sample and QEMU's pci-serial, in results/
	tools/testing/bench/run results

fuzz: ## fuzz the module's logic in user space for SECS seconds
	$(LAB) tree tools/testing/fuzz/run $(SECS)

lab: ## set up the lab, which the demos and check do by themselves
	$(LAB) setup

lab-shell: ## open a root shell in the lab's virtual machine
	$(LAB) shell

distclean-lab: ## remove the lab and its cache
	$(LAB) clean

.PHONY: all help modules clean load unload version install-source dkms-install dkms-remove deb htmldocs demo demo-faults check check-debug check-kernels bench fuzz lab lab-shell distclean-lab
