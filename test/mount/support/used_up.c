/*
 * Preloaded into a daemon: writes to files fail as on a disk that takes no more. The file $USED_UP holds an errno and a part of
 * the paths that are meant; while it is not there, nothing fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (real == NULL) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int fails(const char *path) {
  char rule[256], part[200];
  int number = 0;
  const char *file = getenv("USED_UP");
  long descriptor = file == NULL ? -1 : syscall(SYS_open, file, O_RDONLY | O_CLOEXEC, 0);
  if (descriptor < 0) return 0;
  ssize_t bytes = syscall(SYS_read, descriptor, rule, sizeof rule - 1);
  syscall(SYS_close, descriptor);
  if (bytes <= 0) return 0;
  rule[bytes] = 0;
  if (sscanf(rule, "%d %199s", &number, part) != 2 || strstr(path, part) == NULL) return 0;
  errno = number;
  return 1;
}

static int fails_at(int descriptor) {
  char link[64], path[PATH_MAX];
  int before = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  errno = before;
  if (length < 0) return 0;
  path[length] = 0;
  return fails(path);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  REAL(ssize_t, "write", int, const void *, size_t);
  return fails_at(descriptor) ? -1 : real(descriptor, bytes, count);
}
ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  return fails_at(descriptor) ? -1 : real(descriptor, parts, count);
}
#define PWRITE(name) \
  ssize_t name(int descriptor, const void *bytes, size_t count, off_t offset) { \
    REAL(ssize_t, #name, int, const void *, size_t, off_t); \
    return fails_at(descriptor) ? -1 : real(descriptor, bytes, count, offset); \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

/* Only where it would make a file. */
#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(int, #name, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if ((flags & O_CREAT) != 0 && access(path, F_OK) != 0 && fails(path)) return -1; \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  return fails(path) ? -1 : real(path, mode);
}
