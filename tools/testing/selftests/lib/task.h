/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads and processes that wait in a system call, and how they end. */
#ifndef MTTY_LIB_TASK_H
#define MTTY_LIB_TASK_H

#include <pthread.h>
#include <sys/types.h>

/* For a call whose first argument is no descriptor */
#define ANY_FD	-1

/* A thread that makes one call. */
struct task {
	long (*call)(void *data);
	void *data;
	long ret;
	pid_t tid;	/* atomic; 0 until the thread runs */
	pthread_t thread;
};

void task_start(struct task *task, long (*call)(void *data), void *data);
/* Waits until the thread is asleep in the system call @number, whose first argument is @fd. */
void task_wait_asleep(struct task *task, long number, long fd);
/* Waits for its end, and returns what the call returned. */
long task_join(struct task *task);

/* The same as a process, which shares open files only. */
pid_t child_start(long (*call)(void *data), void *data);
void child_wait_asleep(pid_t pid, long number, long fd);
/* Kills the process and waits until it is gone; it must not have ended by itself. */
void child_kill(pid_t pid);

#endif /* MTTY_LIB_TASK_H */
