/* LD_PRELOAD: every fsync and fdatasync takes SLOW_SYNC_MS longer, as on a memory card. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_a_little(void)
{
	const char *told = getenv("SLOW_SYNC_MS");
	long ms = told ? atol(told) : 0;
	struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
	nanosleep(&rest, NULL);
}

int fsync(int file)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	wait_a_little();
	return real(file);
}

int fdatasync(int file)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
	wait_a_little();
	return real(file);
}
