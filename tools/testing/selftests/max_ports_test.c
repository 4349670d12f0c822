// SPDX-License-Identifier: GPL-2.0-only
/* How many ports there are is said when the module is loaded. */
#include "module.h"
#include "mtty_test.h"

#define PARAMETER	"/sys/module/mtty/parameters/max_ports"

FIXTURE(max_ports) {
};

FIXTURE_SETUP(max_ports)
{
	if (!module_path())
		SKIP(return, "MTTY_KO does not say which module to load");
	ASSERT_EQ(0, module_unload());
}

FIXTURE_TEARDOWN_PARENT(max_ports)
{
	if (!module_path())
		return;
	if (sysfs_exists("/sys/module/mtty"))
		EXPECT_EQ(0, module_unload());
	EXPECT_EQ(0, module_load(module_path(), ""));
}

FIXTURE_VARIANT(max_ports) {
	const char *parameters;
	const char *shown;
	long singles;
	long duals;
};

FIXTURE_VARIANT_ADD(max_ports, by_default) {
	.parameters = "", .shown = "24", .singles = 24, .duals = 12,
};

FIXTURE_VARIANT_ADD(max_ports, least) {
	.parameters = "max_ports=1", .shown = "1", .singles = 1, .duals = 0,
};

FIXTURE_VARIANT_ADD(max_ports, odd) {
	.parameters = "max_ports=2001", .shown = "2001", .singles = 2001, .duals = 1000,
};

FIXTURE_VARIANT_ADD(max_ports, most) {
	.parameters = "max_ports=2147483647", .shown = "2147483647",
	.singles = 2147483647, .duals = 1073741823,
};

TEST_F(max_ports, are_what_was_asked_for)
{
	char line[16];

	ASSERT_EQ(0, module_load(module_path(), variant->parameters));
	sysfs_read(PARAMETER, line, sizeof(line));
	EXPECT_STREQ(variant->shown, line);
	EXPECT_EQ(variant->singles, mdev_available("mtty-1"));
	EXPECT_EQ(variant->duals, mdev_available("mtty-2"));
}

FIXTURE(no_ports) {
};

FIXTURE_SETUP(no_ports)
{
	if (!module_path())
		SKIP(return, "MTTY_KO does not say which module to load");
	ASSERT_EQ(0, module_unload());
}

FIXTURE_TEARDOWN_PARENT(no_ports)
{
	if (module_path())
		EXPECT_EQ(0, module_load(module_path(), ""));
}

FIXTURE_VARIANT(no_ports) {
	const char *parameters;
	int error;
};

FIXTURE_VARIANT_ADD(no_ports, none) {
	.parameters = "max_ports=0", .error = -EINVAL,
};

FIXTURE_VARIANT_ADD(no_ports, negative) {
	.parameters = "max_ports=-1", .error = -EINVAL,
};

FIXTURE_VARIANT_ADD(no_ports, too_many) {
	.parameters = "max_ports=2147483648", .error = -EINVAL,
};

FIXTURE_VARIANT_ADD(no_ports, more_than_a_word_holds) {
	.parameters = "max_ports=4294967297", .error = -ERANGE,
};

FIXTURE_VARIANT_ADD(no_ports, no_number) {
	.parameters = "max_ports=many", .error = -EINVAL,
};

TEST_F(no_ports, are_refused)
{
	EXPECT_EQ(variant->error, module_load(module_path(), variant->parameters));
	EXPECT_FALSE(sysfs_exists("/sys/module/mtty"));
	EXPECT_FALSE(sysfs_exists(MDEV_PARENT));
}

TEST_HARNESS_MAIN
