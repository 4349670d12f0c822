// SPDX-License-Identifier: GPL-2.0-only
/* The number of ports of a parent is a parameter of the module. */
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

TEST_F(max_ports, takes_the_value_that_was_given)
{
	static const struct {
		const char *parameters;
		const char *shown;
		long singles;
		long duals;
	} rows[] = {
		{ "", "24", 24, 12 },
		{ "max_ports=1", "1", 1, 0 },
		{ "max_ports=2001", "2001", 2001, 1000 },
		{ "max_ports=2147483647", "2147483647", 2147483647, 1073741823 },
	};
	char line[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ASSERT_EQ(0, module_load(module_path(), rows[i].parameters))
			TH_LOG("%s", rows[i].parameters);
		sysfs_read(PARAMETER, line, sizeof(line));
		EXPECT_STREQ(rows[i].shown, line);
		EXPECT_EQ(rows[i].singles, mdev_available("mtty-1"));
		EXPECT_EQ(rows[i].duals, mdev_available("mtty-2"));
		ASSERT_EQ(0, module_unload());
	}
}

TEST_F(max_ports, refuses_impossible_values)
{
	static const struct {
		const char *parameters;
		int error;
	} rows[] = {
		{ "max_ports=0", -EINVAL },
		{ "max_ports=-1", -EINVAL },
		{ "max_ports=2147483648", -EINVAL },
		{ "max_ports=4294967297", -ERANGE },
		{ "max_ports=many", -EINVAL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(rows[i].error, module_load(module_path(), rows[i].parameters))
			TH_LOG("%s", rows[i].parameters);
		EXPECT_FALSE(sysfs_exists("/sys/module/mtty"));
		EXPECT_FALSE(sysfs_exists(MDEV_PARENT));
	}
}

TEST_HARNESS_MAIN
