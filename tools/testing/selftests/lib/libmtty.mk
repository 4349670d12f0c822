# SPDX-License-Identifier: GPL-2.0-only
#
# The library of the test programs. Their Makefiles include this file and link with
# LIBMTTY_O. OUTPUT is the directory to build in, KSRC the path of a kernel source.

LIBMTTY := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
LIBMTTY_O := $(patsubst $(LIBMTTY)/%.c,$(OUTPUT)/lib/%.o,$(wildcard $(LIBMTTY)/*.c))
# The uAPI under test may be newer than the headers of the build machine.
LIBMTTY_UAPI := $(addprefix $(OUTPUT)/uapi/linux/,vfio.h iommufd.h)
# Here and in a kernel source
LIBMTTY_VECTORS := $(wildcard $(LIBMTTY)/../../../../tests/uart_vectors.h \
	$(KSRC)/samples/vfio-mdev/mtty/tests/uart_vectors.h)

CPPFLAGS += -D_GNU_SOURCE= -MMD -MP -isystem $(OUTPUT)/uapi \
	-isystem $(KSRC)/tools/testing/selftests -I$(LIBMTTY) \
	-I$(dir $(firstword $(LIBMTTY_VECTORS)))
CFLAGS += -O2 -g -pthread -Wall -Wextra -Wno-missing-field-initializers \
	-Wno-unused-parameter -Wstrict-prototypes -Wmissing-prototypes
LDFLAGS += -pthread

.SECONDARY:

$(OUTPUT)/lib/%.o: $(LIBMTTY)/%.c $(LIBMTTY_UAPI)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OUTPUT)/%.o: %.c $(LIBMTTY_UAPI)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# As the kernel's headers_install does
$(LIBMTTY_UAPI): $(OUTPUT)/uapi/linux/%.h: $(KSRC)/include/uapi/linux/%.h
	@mkdir -p $(@D)
	sed 's/\b__user\b//' $< > $@

-include $(wildcard $(OUTPUT)/*.d $(OUTPUT)/*/*.d)
