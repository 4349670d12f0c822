// SPDX-License-Identifier: GPL-2.0-only
/* The number of parents is a parameter of the module. Each has types and ports of its own. */
#include <dirent.h>

#include "module.h"
#include "mtty_test.h"

#define PARAMETER	"/sys/module/mtty/parameters/parents"
#define CLASS		"/sys/class/mtty"
#define MAX_PARENTS	16
#define UUID		"83b8f4f2-509f-382f-3c1e-e6bfe0fa4001"

FIXTURE(parents) {
};

FIXTURE_SETUP(parents)
{
	if (!module_path())
		SKIP(return, "MTTY_KO does not say which module to load");
	ASSERT_EQ(0, module_unload());
}

FIXTURE_TEARDOWN_PARENT(parents)
{
	if (!module_path())
		return;
	if (sysfs_exists("/sys/module/mtty"))
		EXPECT_EQ(0, module_unload());
	EXPECT_EQ(0, module_load(module_path(), ""));
}

/* The file of a type of the @number-th parent */
static const char *type_path(char *path, unsigned int number, const char *type, const char *file)
{
	char name[16] = "mtty";

	if (number > 1)
		snprintf(name, sizeof(name), "mtty%u", number);
	return __sysfs_path(path, "/sys/devices/virtual/mtty/%s/mdev_supported_types/%s/%s",
			    name, type, file);
}

#define TYPE(number, type, file)	type_path((char[SYSFS_PATH_MAX]) {}, number, type, file)

static long available(unsigned int number, const char *type)
{
	return sysfs_read_number(TYPE(number, type, "available_instances"));
}

static int create(unsigned int number, const char *type)
{
	return __sysfs_write(TYPE(number, type, "create"), UUID);
}

static void remove_card(void)
{
	struct mdev mdev = { UUID };

	mdev_remove(&mdev);
}

static unsigned int count_parents(void)
{
	DIR *dir = opendir(CLASS);
	struct dirent *entry;
	unsigned int nr = 0;

	CHECK(dir, "cannot list " CLASS);
	while ((entry = readdir(dir)))
		nr += entry->d_name[0] != '.';
	closedir(dir);
	return nr;
}

static void expect_parents(struct __test_metadata *_metadata, unsigned int nr)
{
	char line[32];
	unsigned int i;

	EXPECT_EQ(nr, count_parents());
	for (i = 1; i <= nr; i++) {
		ASSERT_TRUE(sysfs_exists(TYPE(i, "mtty-1", "create")))
			TH_LOG("there is no parent %u of %u", i, nr);
		EXPECT_EQ(24, available(i, "mtty-1"));
		EXPECT_EQ(12, available(i, "mtty-2"));
		sysfs_read(TYPE(i, "mtty-1", "name"), line, sizeof(line));
		EXPECT_STREQ("Single port serial", line);
		sysfs_read(TYPE(i, "mtty-2", "name"), line, sizeof(line));
		EXPECT_STREQ("Dual port serial", line);
	}
}

TEST_F(parents, there_are_as_many_as_were_asked_for)
{
	static const struct {
		const char *parameters;
		const char *shown;
		unsigned int nr;
	} rows[] = {
		{ "", "1", 1 }, { "parents=1", "1", 1 }, { "parents=2", "2", 2 },
		{ "parents=16", "16", MAX_PARENTS },
	};
	char line[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ASSERT_EQ(0, module_load(module_path(), rows[i].parameters))
			TH_LOG("%s", rows[i].parameters);
		sysfs_read(PARAMETER, line, sizeof(line));
		EXPECT_STREQ(rows[i].shown, line);
		expect_parents(_metadata, rows[i].nr);
		ASSERT_EQ(0, module_unload());
	}
}

TEST_F(parents, tools_find_each_by_its_class_and_its_bus)
{
	ASSERT_EQ(0, module_load(module_path(), "parents=3"));
	EXPECT_TRUE(sysfs_exists("/sys/class/mtty/mtty"));
	EXPECT_TRUE(sysfs_exists("/sys/class/mtty/mtty2"));
	EXPECT_TRUE(sysfs_exists("/sys/class/mtty/mtty3"));
	EXPECT_TRUE(sysfs_exists("/sys/class/mdev_bus/mtty"));
	EXPECT_TRUE(sysfs_exists("/sys/class/mdev_bus/mtty2"));
	EXPECT_TRUE(sysfs_exists("/sys/class/mdev_bus/mtty3"));
	EXPECT_TRUE(sysfs_exists("/sys/devices/virtual/mtty/mtty3/mtty_dev/sample_mtty_dev"));
}

TEST_F(parents, each_counts_its_own_ports)
{
	ASSERT_EQ(0, module_load(module_path(), "parents=2 max_ports=3"));
	ASSERT_EQ(0, create(2, "mtty-2"));
	EXPECT_TRUE(sysfs_exists("/sys/devices/virtual/mtty/mtty2/" UUID));
	EXPECT_TRUE(sysfs_exists(TYPE(2, "mtty-2", "devices/" UUID)));
	EXPECT_EQ(1, available(2, "mtty-1"));
	EXPECT_EQ(0, available(2, "mtty-2"));
	EXPECT_EQ(3, available(1, "mtty-1"));
	EXPECT_EQ(1, available(1, "mtty-2"));
	remove_card();
	EXPECT_EQ(3, available(2, "mtty-1"));
	EXPECT_EQ(3, available(1, "mtty-1"));
}

TEST_F(parents, one_without_free_ports_leaves_the_others_theirs)
{
	struct mdev mdev;

	ASSERT_EQ(0, module_load(module_path(), "parents=2 max_ports=1"));
	mdev_create(&mdev, "mtty-1");
	EXPECT_EQ(-ENOSPC, create(1, "mtty-1"));
	EXPECT_EQ(-ENOSPC, create(2, "mtty-2"));
	ASSERT_EQ(0, create(2, "mtty-1"));
	EXPECT_EQ(0, available(1, "mtty-1"));
	EXPECT_EQ(0, available(2, "mtty-1"));
	remove_card();
	EXPECT_EQ(0, available(1, "mtty-1"));
	EXPECT_EQ(1, available(2, "mtty-1"));
	mdev_remove(&mdev);
}

TEST_F(parents, all_share_their_uuids)
{
	ASSERT_EQ(0, module_load(module_path(), "parents=2"));
	ASSERT_EQ(0, create(2, "mtty-1"));
	EXPECT_EQ(-EEXIST, create(1, "mtty-1"));
	EXPECT_EQ(24, available(1, "mtty-1"));
	remove_card();
	EXPECT_EQ(0, create(1, "mtty-1"));
	remove_card();
}

TEST_F(parents, refuses_impossible_numbers)
{
	static const struct {
		const char *parameters;
		int error;
	} rows[] = {
		{ "parents=0", -EINVAL }, { "parents=17", -EINVAL }, { "parents=-1", -EINVAL },
		{ "parents=4294967297", -ERANGE }, { "parents=two", -EINVAL },
		{ "parents=", -EINVAL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(rows[i].error, module_load(module_path(), rows[i].parameters))
			TH_LOG("%s", rows[i].parameters);
		EXPECT_FALSE(sysfs_exists("/sys/module/mtty"));
		EXPECT_FALSE(sysfs_exists(MDEV_PARENT));
	}
}

TEST_F(parents, unloading_leaves_none)
{
	ASSERT_EQ(0, module_load(module_path(), "parents=16"));
	ASSERT_EQ(0, create(16, "mtty-2"));
	ASSERT_EQ(0, module_unload());
	EXPECT_FALSE(sysfs_exists(MDEV_DEVICES "/" UUID));
	EXPECT_FALSE(sysfs_exists("/sys/devices/virtual/mtty"));
	EXPECT_FALSE(sysfs_exists(CLASS));
	EXPECT_FALSE(sysfs_exists("/sys/class/mdev_bus/mtty16"));
}

TEST_HARNESS_MAIN
