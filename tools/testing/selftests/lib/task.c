// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "sysfs.h"
#include "task.h"

static void *make_call(void *data)
{
	struct task *task = data;

	__atomic_store_n(&task->tid, gettid(), __ATOMIC_RELEASE);
	task->ret = task->call(task->data);
	return NULL;
}

void task_start(struct task *task, long (*call)(void *data), void *data)
{
	*task = (struct task){ .call = call, .data = data, };
	CHECK(pthread_create(&task->thread, NULL, make_call, task) == 0, "no thread");
}

long task_join(struct task *task)
{
	CHECK(pthread_join(task->thread, NULL) == 0, "cannot join a thread");
	return task->ret;
}

/* The file says "running" for a task that is not asleep. */
static void wait_asleep(const char *path, long number, long fd)
{
	long seen_number, seen_fd;
	char line[256];

	do {
		sched_yield();
		sysfs_read(path, line, sizeof(line));
	} while (sscanf(line, "%ld %lx", &seen_number, &seen_fd) != 2 ||
		 seen_number != number || (fd != ANY_FD && (int)seen_fd != fd));
}

void task_wait_asleep(struct task *task, long number, long fd)
{
	pid_t tid;

	while (!(tid = __atomic_load_n(&task->tid, __ATOMIC_ACQUIRE)))
		sched_yield();
	wait_asleep(SYSFS_PATH("/proc/self/task/%d/syscall", tid), number, fd);
}

pid_t child_start(long (*call)(void *data), void *data)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0, "cannot fork");
	if (!pid) {
		call(data);
		_exit(KSFT_PASS);
	}
	return pid;
}

void child_wait_asleep(pid_t pid, long number, long fd)
{
	wait_asleep(SYSFS_PATH("/proc/%d/syscall", pid), number, fd);
}

void child_kill(pid_t pid)
{
	int status;

	CHECK(kill(pid, SIGKILL) == 0, "cannot kill a child");
	CHECK(waitpid(pid, &status, 0) == pid, "the child is gone");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	      "the child has ended by itself, with status %#x", status);
}
