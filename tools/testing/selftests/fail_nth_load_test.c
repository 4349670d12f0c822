// SPDX-License-Identifier: GPL-2.0-only
/* Loading the module fails, one place after the other, and must leave nothing behind. */
#include "fail.h"
#include "module.h"
#include "mtty_test.h"

#define TIMEOUT		900
/* With two parents, the first goes if the second fails. */
#define PARAMETERS	"parents=2"

FIXTURE(load) {
	struct fail_knobs knobs;
};

FIXTURE_SETUP(load)
{
	if (fail_missing())
		SKIP(return, "%s", fail_missing());
	if (!module_path())
		SKIP(return, "MTTY_KO does not say which module to load");
	fail_knobs_set(&self->knobs);
	/* only the module's own code, which makes its calls in a fixed order */
	fail_only_below("do_one_initcall");
	ASSERT_EQ(0, module_unload());
}

FIXTURE_TEARDOWN_PARENT(load)
{
	fail_knobs_restore(&self->knobs);
	if (module_path() && !sysfs_exists("/sys/module/mtty"))
		EXPECT_EQ(0, module_load(module_path(), ""));
}

static void expect_nothing(struct __test_metadata *_metadata)
{
	static const char * const paths[] = {
		"/sys/module/mtty", "/sys/class/mtty", "/sys/bus/mdev/drivers/mtty",
		"/sys/devices/virtual/mtty",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		EXPECT_FALSE(sysfs_exists(paths[i]))
			TH_LOG("%s still exists", paths[i]);
	}
}

/* Returns whether loading had an n-th place that can fail. */
static bool survives(struct __test_metadata *_metadata, unsigned int n)
{
	bool failed;
	int ret;

	fail_arm(n);
	ret = module_load(module_path(), PARAMETERS);
	failed = fail_disarm();
	if (ret) {
		EXPECT_TRUE(failed)
			TH_LOG("returned %d", ret);
		expect_nothing(_metadata);
		EXPECT_EQ(0, module_load(module_path(), PARAMETERS));
	}
	EXPECT_EQ(24, mdev_available("mtty-1"));
	EXPECT_EQ(0, module_unload());
	return failed;
}

TEST_F_TIMEOUT(load, loading_that_fails_leaves_nothing, TIMEOUT)
{
	unsigned int n = 0;

	do {
		n++;
	} while (survives(_metadata, n) && __test_passed(_metadata));
	TH_LOG("%u places failed", n - 1);
	ASSERT_EQ(0, module_load(module_path(), ""));
}

TEST_HARNESS_MAIN
