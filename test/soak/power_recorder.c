/*
 * Preloaded into keeper and engine: writes down what they do to files below $POWER_ROOT, in one order for all processes and
 * threads, to $POWER_LOG (see power_recording.py). A write is written down once it has been done, a sync when it begins and
 * when it has succeeded. With $POWER_FAILING=N every Nth sync of a WAL fails, as after a bad write to the disk. The index of a WAL (-shm) is mapped memory that SQLite makes again; the log is nobody's data.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 65536

struct record {
  uint32_t kind, first, second;
  uint32_t unused;
  uint64_t inode, number;
} __attribute__((packed));

static int out = -1;
static char root[PATH_MAX];
static uint64_t tracked[FILES]; /* inode by descriptor; 0: not below the root */
static uint64_t syncs;
static int failing, walSyncs;
/* How often a sync of an inode has failed, and how many of these failures each descriptor has been told of. */
static uint64_t failures[1024];
static uint64_t told[FILES];

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (real == NULL) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
  const char *log = getenv("POWER_LOG"), *below = getenv("POWER_ROOT");
  if (log == NULL || below == NULL) return;
  snprintf(root, sizeof root, "%s/", below);
  failing = getenv("POWER_FAILING") == NULL ? 0 : atoi(getenv("POWER_FAILING"));
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
  int descriptor = real(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  out = fcntl(descriptor, F_DUPFD_CLOEXEC, 800);
  close(descriptor);
}

static void put(char kind, uint64_t inode, uint64_t number, const char *first, const void *second, size_t bytes) {
  if (out < 0) return;
  int before = errno;
  size_t length = first == NULL ? 0 : strlen(first);
  struct record head = {(uint32_t)kind, (uint32_t)length, (uint32_t)bytes, 0, inode, number};
  struct iovec parts[3] = {{&head, sizeof head}, {(void *)first, length}, {(void *)second, bytes}};
  if (syscall(SYS_writev, out, parts, 3) != (ssize_t)(sizeof head + length + bytes)) abort();
  errno = before;
}

static int is_ours(const char *path) {
  size_t length = strlen(path), above = strlen(root) - 1;
  if (strncmp(path, root, above) != 0 || (path[above] != '/' && path[above] != 0)) return 0;
  if (length > 4 && strcmp(path + length - 4, "-shm") == 0) return 0;
  return strstr(path, "memfsd.log") == NULL && strstr(path, ".sock") == NULL;
}

static int path_of(int descriptor, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return 1;
}

static int absolute(const char *path, char *whole) {
  if (path[0] == '/') {
    snprintf(whole, PATH_MAX, "%s", path);
    return 1;
  }
  char here[PATH_MAX];
  if (getcwd(here, sizeof here) == NULL) return 0;
  return snprintf(whole, PATH_MAX, "%s/%s", here, path) < PATH_MAX;
}

/* Asked of the kernel too: a descriptor may have been closed, and given out again, by a bare system call. */
static uint64_t of(int descriptor) {
  if (descriptor < 0 || descriptor >= FILES || out < 0 || tracked[descriptor] == 0) return 0;
  int before = errno;
  struct stat facts;
  if (fstat(descriptor, &facts) != 0 || facts.st_ino != tracked[descriptor]) tracked[descriptor] = 0;
  errno = before;
  return tracked[descriptor];
}

/* C: a new file; O: one that was there; T: cut to so many bytes; D: an opened directory has no record. */
static int opened(int descriptor, int flags, int was_there) {
  if (descriptor < 0 || descriptor >= FILES || out < 0) return descriptor;
  int before = errno;
  char path[PATH_MAX];
  struct stat facts;
  tracked[descriptor] = 0;
  if (path_of(descriptor, path) && is_ours(path) && fstat(descriptor, &facts) == 0) {
    tracked[descriptor] = facts.st_ino;
    told[descriptor] = failures[facts.st_ino % 1024];
    if (S_ISREG(facts.st_mode)) {
      put(was_there ? 'O' : 'C', facts.st_ino, 0, path, NULL, 0);
      if (was_there && (flags & O_TRUNC) != 0) put('T', facts.st_ino, 0, NULL, NULL, 0);
    }
  }
  errno = before;
  return descriptor;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(int, #name, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    int was_there = (flags & O_CREAT) == 0 || access(path, F_OK) == 0; \
    return opened(real(path, flags, mode), flags, was_there); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int directory, const char *path, int flags, ...) { \
    REAL(int, #name, int, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    int was_there = (flags & O_CREAT) == 0 || faccessat(directory, path, F_OK, 0) == 0; \
    return opened(real(directory, path, flags, mode), flags, was_there); \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int descriptor) {
  REAL(int, "close", int);
  if (descriptor == out && out >= 0) return 0;
  if (descriptor >= 0 && descriptor < FILES) tracked[descriptor] = 0;
  return real(descriptor);
}

/* W: so many bytes at this offset. */
static ssize_t wrote(int descriptor, const void *bytes, ssize_t done, int64_t offset) {
  uint64_t inode = of(descriptor);
  if (inode == 0 || done <= 0) return done;
  if (offset < 0) offset = lseek(descriptor, 0, SEEK_CUR) - done;
  put('W', inode, (uint64_t)offset, NULL, bytes, (size_t)done);
  return done;
}

static ssize_t wrote_parts(int descriptor, const struct iovec *parts, int count, ssize_t done, int64_t offset) {
  if (of(descriptor) == 0 || done <= 0) return done;
  if (offset < 0) offset = lseek(descriptor, 0, SEEK_CUR) - done;
  ssize_t left = done;
  for (int i = 0; i < count && left > 0; i++) {
    ssize_t here = (ssize_t)parts[i].iov_len < left ? (ssize_t)parts[i].iov_len : left;
    wrote(descriptor, parts[i].iov_base, here, offset + done - left);
    left -= here;
  }
  return done;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  REAL(ssize_t, "write", int, const void *, size_t);
  return wrote(descriptor, bytes, real(descriptor, bytes, count), -1);
}
ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  return wrote_parts(descriptor, parts, count, real(descriptor, parts, count), -1);
}

#define PWRITE(name) \
  ssize_t name(int descriptor, const void *bytes, size_t count, off_t offset) { \
    REAL(ssize_t, #name, int, const void *, size_t, off_t); \
    return wrote(descriptor, bytes, real(descriptor, bytes, count, offset), offset); \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define PWRITEV(name) \
  ssize_t name(int descriptor, const struct iovec *parts, int count, off_t offset) { \
    REAL(ssize_t, #name, int, const struct iovec *, int, off_t); \
    return wrote_parts(descriptor, parts, count, real(descriptor, parts, count, offset), offset); \
  }
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define FTRUNCATE(name) \
  int name(int descriptor, off_t bytes) { \
    REAL(int, #name, int, off_t); \
    int failed = real(descriptor, bytes); \
    if (failed == 0 && of(descriptor) != 0) put('T', of(descriptor), (uint64_t)bytes, NULL, NULL, 0); \
    return failed; \
  }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

/* As on Linux, where every descriptor that was open at a failure is told of it, once. */
static int hears_of_failure(int descriptor, uint64_t inode) {
  uint64_t count = __atomic_load_n(&failures[inode % 1024], __ATOMIC_SEQ_CST);
  return __atomic_exchange_n(&told[descriptor], count, __ATOMIC_SEQ_CST) < count;
}

static int is_to_fail(const char *path) {
  size_t length = strlen(path);
  if (failing == 0 || length < 4 || strcmp(path + length - 4, "-wal") != 0 || strstr(path, "/stores/") == NULL) return 0;
  return __atomic_add_fetch(&walSyncs, 1, __ATOMIC_RELAXED) % failing == 0;
}

/*
 * B: a sync begins; E: it has succeeded; F: it has failed, and the kernel takes what it could not write for clean. Of a
 * directory with its path, of a file without.
 */
#define SYNC(name) \
  int name(int descriptor) { \
    REAL(int, #name, int); \
    uint64_t inode = of(descriptor); \
    if (inode == 0) return real(descriptor); \
    uint64_t number = __atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED) + ((uint64_t)getpid() << 32); \
    char path[PATH_MAX]; \
    struct stat facts; \
    int is_known = fstat(descriptor, &facts) == 0 && path_of(descriptor, path); \
    int is_directory = is_known && S_ISDIR(facts.st_mode); \
    put('B', inode, number, NULL, NULL, 0); \
    int failed = -1; \
    if (is_known && is_to_fail(path)) { \
      put('F', inode, number, NULL, NULL, 0); \
      told[descriptor] = __atomic_add_fetch(&failures[inode % 1024], 1, __ATOMIC_SEQ_CST); \
      errno = EIO; \
    } else { \
      failed = real(descriptor); \
      if (failed == 0 && hears_of_failure(descriptor, inode)) { \
        errno = EIO; \
        failed = -1; \
      } \
    } \
    if (failed == 0) put('E', inode, number, is_directory ? path : NULL, NULL, 0); \
    return failed; \
  }
SYNC(fsync)
SYNC(fdatasync)

int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  int failed = real(path, mode);
  char whole[PATH_MAX];
  if (failed == 0 && absolute(path, whole) && is_ours(whole)) put('M', 0, 0, whole, NULL, 0);
  return failed;
}

#define REMOVED(name) \
  int name(const char *path) { \
    REAL(int, #name, const char *); \
    int failed = real(path); \
    char whole[PATH_MAX]; \
    if (failed == 0 && absolute(path, whole) && is_ours(whole)) put('U', 0, 0, whole, NULL, 0); \
    return failed; \
  }
REMOVED(unlink)
REMOVED(rmdir)

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  int failed = real(from, to);
  char source[PATH_MAX], target[PATH_MAX];
  if (failed == 0 && absolute(from, source) && absolute(to, target) && is_ours(source) && is_ours(target))
    put('R', 0, 0, source, target, strlen(target));
  return failed;
}

/* X: something that this recorder does not understand, so that a recording that has it is not believed. */
int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  char whole[PATH_MAX];
  if (absolute(to, whole) && is_ours(whole)) put('X', 0, 0, "link", NULL, 0);
  return real(from, to);
}
#define ALLOCATE(name, what) \
  int name what { \
    REAL(int, #name, int, int, off_t, off_t); \
    if (of(descriptor) != 0) put('X', 0, 0, #name, NULL, 0); \
    return real(descriptor, mode, offset, bytes); \
  }
ALLOCATE(fallocate, (int descriptor, int mode, off_t offset, off_t bytes))
ALLOCATE(fallocate64, (int descriptor, int mode, off_t offset, off_t bytes))

ssize_t copy_file_range(int in, off64_t *from, int descriptor, off64_t *to, size_t bytes, unsigned flags) {
  REAL(ssize_t, "copy_file_range", int, off64_t *, int, off64_t *, size_t, unsigned);
  if (of(descriptor) != 0) put('X', 0, 0, "copy_file_range", NULL, 0);
  return real(in, from, descriptor, to, bytes, flags);
}

#define MMAP(name) \
  void *name(void *at, size_t bytes, int rights, int flags, int descriptor, off_t offset) { \
    REAL(void *, #name, void *, size_t, int, int, int, off_t); \
    if ((flags & MAP_SHARED) != 0 && (rights & PROT_WRITE) != 0 && of(descriptor) != 0) put('X', 0, 0, #name, NULL, 0); \
    return real(at, bytes, rights, flags, descriptor, offset); \
  }
MMAP(mmap)
MMAP(mmap64)
