# SPDX-License-Identifier: GPL-2.0-only
# What is built is told by Kbuild; this file is for the person at the keyboard.

KDIR ?= /lib/modules/$(shell uname -r)/build
LAB = tools/testing/vm/lab
SECS ?= 60
VERSION = $(shell sed -n 's/^MODULE_VERSION("\(.*\)");$$/\1/p' mtty.c)
SOURCE = $(DESTDIR)/usr/src/mtty-$(VERSION)

all: modules

help: ## show this list
	@echo 'Targets:'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -ts '|'
	@echo 'Variables:'
	@echo '  KDIR=dir    kernel build directory (the running kernel: $(KDIR))'
	@echo '  SECS=n      how long fuzz looks (60)'
	@echo '  PEER=file   another mtty.ko for bench (the kernel'"'"'s sample is built)'
	@echo '  ACCEL=kvm   or tcg: how the lab runs its virtual machines (found out by itself)'

modules: ## build mtty.ko (the default)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

clean: ## remove what the build made
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

load: modules ## load mtty.ko into the running kernel
	modprobe -a vfio vfio_iommu_type1 mdev
	insmod ./mtty.ko
	@echo 'mtty is loaded: see /sys/devices/virtual/mtty/mtty/mdev_supported_types'

unload: ## remove the module from the running kernel
	rmmod mtty

version: ## tell the version
	@echo $(VERSION)

install-source: ## put what dkms builds from into $(DESTDIR)/usr/src
	install -d $(SOURCE)
	install -m 644 Kbuild $(filter-out %.mod.c,$(wildcard *.[ch])) $(SOURCE)
	sed 's/#MODULE_VERSION#/$(VERSION)/' dkms.conf >$(SOURCE)/dkms.conf

dkms-install: ## install mtty with dkms for the running kernel, and for those to come
	[ -z "$$(dkms status mtty/$(VERSION))" ] || dkms remove mtty/$(VERSION) --all
	$(MAKE) install-source
	dkms install mtty/$(VERSION)

dkms-remove: ## take that away again
	dkms remove mtty/$(VERSION) --all
	rm -r $(SOURCE)

deb: ## build the Debian package mtty-dkms into dist
	$(LAB) tree tools/package/build dist

htmldocs: ## make Documentation/ readable in a browser, in html
	$(LAB) tree make -s -C Documentation O=$(CURDIR)/html html
	@echo 'see html/index.html'

demo: ## show the main job in a virtual machine: create, QEMU, minicom, live migration
	CPUS=1 $(LAB) run tools/testing/qemu/demo

check: ## run all tests in virtual machines
	tools/testing/check

check-debug: ## run them and more on kernels that look for mistakes
	tools/testing/check-debug

check-kernels: ## build the module for every kernel that it is to fit
	tools/testing/check-kernels

bench: ## measure the module against the kernel's own sample, and QEMU's card
	tools/testing/bench/run results

fuzz: ## look for inputs that break the module's logic, for SECS seconds
	$(LAB) tree tools/testing/fuzz/run $(SECS)

lab: ## build or fetch from the cache what demo and check need
	$(LAB) setup

lab-shell: ## open a shell in the virtual machine that demo and check use
	$(LAB) shell

distclean-lab: ## remove the cache of demo and check
	$(LAB) clean

.PHONY: all help modules clean load unload version install-source dkms-install dkms-remove deb htmldocs demo check check-debug check-kernels bench fuzz lab lab-shell distclean-lab
