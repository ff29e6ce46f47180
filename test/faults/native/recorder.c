/*
 * Preloaded into a process (and its children): writes down, in one order for all threads and processes, every call that changes a file
 * below ROOMWARD_RECORD_FOLDER, into ROOMWARD_RECORD_LOG. What is written to ROOMWARD_RECORD_MARKS stands in the same order, as marks.
 * The record follows the call while a lock is held that all processes share, so that order of records is order of effects. A flush is two
 * records, its begin and its end, and holds no lock: it covers what was done before its begin, and counts from its end.
 * A way to change a file that is not understood here becomes a record "unknown", on which the replay fails.
 * node:sqlite and libuv are compiled into Node's binary and call all of these through its dynamic symbols; libuv's io_uring is refused.
 */
#include "watch.h"
#include <dirent.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* Read by test/faults/recording.ts. */
enum { OPEN = 1, WRITE, SIZE, RENAME, LINK, UNLINK, FOLDER, SYNC_BEGIN, SYNC_END, MARK, UNKNOWN, SYNC_FAILED };
struct record {
  uint32_t kind, path_bytes, other_bytes, data_bytes;
  uint64_t handle;
  int64_t number; /* of WRITE its offset, of SIZE the size, of OPEN 1: made, 2: cut to nothing, of a sync its number */
};
struct shared {
  pthread_mutex_t lock;
  uint64_t last_handle;
  uint64_t last_sync;
  uint32_t ready;
};

#define MARKS UINT64_MAX
#define OPEN_MADE 1
#define OPEN_CUT 2

static struct shared *shared;
static int log_fd = -1;
static char marks_file[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("ROOMWARD_RECORD_FOLDER"), *log = getenv("ROOMWARD_RECORD_LOG"), *marks = getenv("ROOMWARD_RECORD_MARKS");
  if (folder == NULL || log == NULL) return;
  char lock[PATH_MAX];
  snprintf(lock, sizeof lock, "%s.lock", log);
  int fd = syscall(SYS_openat, AT_FDCWD, lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(struct shared)) != 0) abort();
  shared = (void *)syscall(SYS_mmap, NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (__sync_bool_compare_and_swap(&shared->ready, 0, 1)) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->lock, &attributes);
    shared->ready = 2;
  }
  while (*(volatile uint32_t *)&shared->ready != 2) usleep(100);
  log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0) abort();
  if (marks != NULL) strncpy(marks_file, marks, PATH_MAX - 1);
  strncpy(watched_folder, folder, PATH_MAX - 1);
}

static void lock(void) {
  if (pthread_mutex_lock(&shared->lock) == EOWNERDEAD) pthread_mutex_consistent(&shared->lock);
}

static void unlock(void) {
  int error = errno;
  pthread_mutex_unlock(&shared->lock);
  errno = error;
}

/* Under the lock. A record that is not written as a whole would make all that follow it meaningless. */
static void note(uint32_t kind, const char *path, const char *other, uint64_t handle, int64_t number, const struct iovec *data, int parts, size_t bytes) {
  int error = errno;
  struct record head = {kind, path ? strlen(path) : 0, other ? strlen(other) : 0, bytes, handle, number};
  size_t total = sizeof head + head.path_bytes + head.other_bytes + bytes;
  char *text = malloc(total), *at = text;
  at = mempcpy(at, &head, sizeof head);
  if (path) at = mempcpy(at, path, head.path_bytes);
  if (other) at = mempcpy(at, other, head.other_bytes);
  for (int i = 0; i < parts && bytes > 0; i++) {
    size_t part = data[i].iov_len < bytes ? data[i].iov_len : bytes;
    at = mempcpy(at, data[i].iov_base, part);
    bytes -= part;
  }
  if (syscall(SYS_write, log_fd, text, total) != (long)total) abort();
  free(text);
  errno = error;
}

static void note_unknown(const char *function, const char *path) {
  lock();
  note(UNKNOWN, path, function, 0, 0, NULL, 0, 0);
  unlock();
}

/* --- opening --- */

static int open_and_note(int directory, const char *path, int flags, mode_t mode) {
  REAL(int, "openat64", int, const char *, int, ...);
  if (shared == NULL) return real(directory, path, flags, mode);
  char absolute[PATH_MAX];
  absolute_path(directory, path, absolute);
  int marks = marks_file[0] != '\0' && strcmp(absolute, marks_file) == 0;
  const char *below = below_watched(absolute);
  if (marks || below == NULL) {
    int fd = real(directory, path, flags, mode);
    set_handle(fd, marks ? MARKS : 0);
    return fd;
  }
  lock();
  struct stat before;
  int there = lstat(absolute, &before) == 0;
  int fd = real(directory, path, flags, mode);
  if (fd >= 0) {
    uint64_t handle = ++shared->last_handle;
    set_handle(fd, handle);
    int64_t what = there ? ((flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY ? OPEN_CUT : 0) : OPEN_MADE;
    note((flags & O_TMPFILE) == O_TMPFILE ? UNKNOWN : OPEN, below, NULL, handle, what, NULL, 0, 0);
  }
  unlock();
  return fd;
}

static mode_t mode_of(int flags, va_list list) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
}
#define OPEN_HOOK(name, directory, ...)          \
  int name(__VA_ARGS__, const char *path, int flags, ...) { \
    va_list list;                                \
    va_start(list, flags);                       \
    mode_t mode = mode_of(flags, list);          \
    va_end(list);                                \
    return open_and_note(directory, path, flags, mode); \
  }
OPEN_HOOK(openat, directory, int directory)
OPEN_HOOK(openat64, directory, int directory)
int open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = mode_of(flags, list);
  va_end(list);
  return open_and_note(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int creat(const char *path, mode_t mode) { return open_and_note(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) __attribute__((alias("creat")));

FILE *fopen64(const char *path, const char *mode) {
  REAL(FILE *, "fopen64", const char *, const char *);
  char absolute[PATH_MAX];
  absolute_path(AT_FDCWD, path, absolute);
  if (shared != NULL && below_watched(absolute) != NULL && strpbrk(mode, "wa+") != NULL) note_unknown("fopen", absolute);
  return real(path, mode);
}
FILE *fopen(const char *path, const char *mode) __attribute__((alias("fopen64")));

int close(int fd) {
  REAL(int, "close", int);
  set_handle(fd, 0);
  return real(fd);
}
int dup(int fd) {
  REAL(int, "dup", int);
  int copy = real(fd);
  set_handle(copy, handle_of(fd));
  return copy;
}
int dup2(int fd, int to) {
  REAL(int, "dup2", int, int);
  int copy = real(fd, to);
  if (copy >= 0) set_handle(copy, handle_of(fd));
  return copy;
}
int dup3(int fd, int to, int flags) {
  REAL(int, "dup3", int, int, int);
  int copy = real(fd, to, flags);
  if (copy >= 0) set_handle(copy, handle_of(fd));
  return copy;
}
int fcntl64(int fd, int command, ...) {
  REAL(int, "fcntl64", int, int, ...);
  va_list list;
  va_start(list, command);
  void *argument = va_arg(list, void *);
  va_end(list);
  int answer = real(fd, command, argument);
  if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) && answer >= 0) set_handle(answer, handle_of(fd));
  return answer;
}
int fcntl(int fd, int command, ...) __attribute__((alias("fcntl64")));

/* --- content --- */

static ssize_t write_and_note(int fd, const struct iovec *parts, int count, off_t offset) {
  static ssize_t (*real_write)(int, const struct iovec *, int);
  static ssize_t (*real_pwrite)(int, const struct iovec *, int, off_t);
  if (real_write == NULL) {
    *(void **)&real_pwrite = dlsym(RTLD_NEXT, "pwritev64");
    *(void **)&real_write = dlsym(RTLD_NEXT, "writev");
  }
  uint64_t handle = shared == NULL ? 0 : handle_of(fd);
  if (handle == 0) return offset < 0 ? real_write(fd, parts, count) : real_pwrite(fd, parts, count, offset);
  lock();
  ssize_t written = offset < 0 ? real_write(fd, parts, count) : real_pwrite(fd, parts, count, offset);
  if (written > 0) {
    off_t at = offset < 0 && handle != MARKS ? lseek(fd, 0, SEEK_CUR) - written : offset;
    note(handle == MARKS ? MARK : WRITE, NULL, NULL, handle, at, parts, count, written);
  }
  unlock();
  return written;
}
ssize_t write(int fd, const void *bytes, size_t count) {
  struct iovec part = {(void *)bytes, count};
  return write_and_note(fd, &part, 1, -1);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
  struct iovec part = {(void *)bytes, count};
  return write_and_note(fd, &part, 1, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) __attribute__((alias("pwrite64")));
ssize_t writev(int fd, const struct iovec *parts, int count) { return write_and_note(fd, parts, count, -1); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) { return write_and_note(fd, parts, count, offset); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) __attribute__((alias("pwritev64")));

/* The kernel copies between two files: what it wrote is read where it came from. */
static void note_copied(int out, off_t out_at, int in, off_t in_at, ssize_t bytes) {
  char *text = malloc(bytes);
  struct iovec part = {text, bytes};
  if (pread(in, text, bytes, in_at) != bytes) abort();
  note(WRITE, NULL, NULL, handle_of(out), out_at, &part, 1, bytes);
  free(text);
}
ssize_t sendfile64(int out, int in, off_t *offset, size_t count) {
  REAL(ssize_t, "sendfile64", int, int, off_t *, size_t);
  if (shared == NULL || handle_of(out) == 0) return real(out, in, offset, count);
  lock();
  ssize_t sent = real(out, in, offset, count);
  if (sent > 0) note_copied(out, lseek(out, 0, SEEK_CUR) - sent, in, (offset ? *offset : lseek(in, 0, SEEK_CUR)) - sent, sent);
  unlock();
  return sent;
}
ssize_t sendfile(int out, int in, off_t *offset, size_t count) __attribute__((alias("sendfile64")));
ssize_t copy_file_range(int in, off_t *in_at, int out, off_t *out_at, size_t count, unsigned flags) {
  REAL(ssize_t, "copy_file_range", int, off_t *, int, off_t *, size_t, unsigned);
  if (shared == NULL || handle_of(out) == 0) return real(in, in_at, out, out_at, count, flags);
  lock();
  ssize_t sent = real(in, in_at, out, out_at, count, flags);
  if (sent > 0)
    note_copied(out, (out_at ? *out_at : lseek(out, 0, SEEK_CUR)) - sent, in, (in_at ? *in_at : lseek(in, 0, SEEK_CUR)) - sent, sent);
  unlock();
  return sent;
}
ssize_t splice(int in, off_t *in_at, int out, off_t *out_at, size_t count, unsigned flags) {
  REAL(ssize_t, "splice", int, off_t *, int, off_t *, size_t, unsigned);
  if (handle_of(out) != 0) note_unknown("splice", NULL);
  return real(in, in_at, out, out_at, count, flags);
}

int ftruncate64(int fd, off_t size) {
  REAL(int, "ftruncate64", int, off_t);
  if (shared == NULL || handle_of(fd) == 0) return real(fd, size);
  lock();
  int answer = real(fd, size);
  if (answer == 0) note(SIZE, NULL, NULL, handle_of(fd), size, NULL, 0, 0);
  unlock();
  return answer;
}
int ftruncate(int fd, off_t size) __attribute__((alias("ftruncate64")));
int truncate64(const char *path, off_t size) {
  int fd = open_and_note(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return -1;
  int answer = ftruncate64(fd, size), error = errno;
  close(fd);
  errno = error;
  return answer;
}
int truncate(const char *path, off_t size) __attribute__((alias("truncate64")));
int fallocate64(int fd, int mode, off_t offset, off_t length) {
  REAL(int, "fallocate64", int, int, off_t, off_t);
  if (handle_of(fd) != 0) note_unknown("fallocate", NULL);
  return real(fd, mode, offset, length);
}
int fallocate(int fd, int mode, off_t offset, off_t length) __attribute__((alias("fallocate64")));
int posix_fallocate64(int fd, off_t offset, off_t length) {
  REAL(int, "posix_fallocate64", int, off_t, off_t);
  if (handle_of(fd) != 0) note_unknown("posix_fallocate", NULL);
  return real(fd, offset, length);
}
int posix_fallocate(int fd, off_t offset, off_t length) __attribute__((alias("posix_fallocate64")));

/* SQLite's index of its write-ahead log is shared memory, made anew at every start after a cut: of that alone nothing has to be seen. */
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  REAL(void *, "mmap64", void *, size_t, int, int, int, off_t);
  if (shared != NULL && handle_of(fd) != 0 && (flags & MAP_SHARED) && (protection & PROT_WRITE)) {
    char link[64], path[PATH_MAX] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t end = readlink(link, path, PATH_MAX - 1);
    if (end < 4 || strncmp(path + end - 4, "-shm", 4) != 0) note_unknown("mmap", path);
  }
  return real(address, length, protection, flags, fd, offset);
}
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) __attribute__((alias("mmap64")));

int ioctl(int fd, unsigned long request, ...) {
  REAL(int, "ioctl", int, unsigned long, ...);
  va_list list;
  va_start(list, request);
  void *argument = va_arg(list, void *);
  va_end(list);
  int answer = real(fd, request, argument);
  if (answer == 0 && handle_of(fd) != 0 && (request == FICLONE || request == FICLONERANGE)) note_unknown("ficlone", NULL);
  return answer;
}

/* --- flushes --- */

static int sync_and_note(int fd, int (*real)(int)) {
  uint64_t handle = shared == NULL ? 0 : handle_of(fd);
  if (handle == 0 || handle == MARKS) return real(fd);
  lock();
  uint64_t number = ++shared->last_sync;
  note(SYNC_BEGIN, NULL, NULL, handle, number, NULL, 0, 0);
  unlock();
  int answer = real(fd);
  lock();
  note(answer == 0 ? SYNC_END : SYNC_FAILED, NULL, NULL, handle, number, NULL, 0, 0);
  unlock();
  return answer;
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  return sync_and_note(fd, real);
}
int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return sync_and_note(fd, real);
}
/* Neither promises that anything outlives a power cut: as if they were not called. sync_file_range(2), msync(2) of a mapping that is refused above. */

/* --- names --- */

static int rename_and_note(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
  char source[PATH_MAX], target[PATH_MAX];
  absolute_path(from_folder, from, source);
  absolute_path(to_folder, to, target);
  const char *below_source = shared ? below_watched(source) : NULL, *below_target = shared ? below_watched(target) : NULL;
  if (below_source == NULL && below_target == NULL) return real(from_folder, from, to_folder, to, flags);
  lock();
  int answer = real(from_folder, from, to_folder, to, flags);
  if (answer == 0) {
    int known = below_source != NULL && below_target != NULL && (flags & ~1u) == 0;
    if (known) note(RENAME, below_source, below_target, 0, 0, NULL, 0, 0);
    else note(UNKNOWN, source, "rename across the watched folder's border", 0, 0, NULL, 0, 0);
  }
  unlock();
  return answer;
}
int rename(const char *from, const char *to) { return rename_and_note(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return rename_and_note(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { return rename_and_note(a, from, b, to, flags); }

int linkat(int a, const char *from, int b, const char *to, int flags) {
  REAL(int, "linkat", int, const char *, int, const char *, int);
  char source[PATH_MAX], target[PATH_MAX];
  absolute_path(a, from, source);
  absolute_path(b, to, target);
  if (shared == NULL || below_watched(target) == NULL) return real(a, from, b, to, flags);
  lock();
  int answer = real(a, from, b, to, flags);
  if (answer == 0 && below_watched(source) != NULL) note(LINK, below_watched(source), below_watched(target), 0, 0, NULL, 0, 0);
  if (answer == 0 && below_watched(source) == NULL) note(UNKNOWN, source, "link from outside", 0, 0, NULL, 0, 0);
  unlock();
  return answer;
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int symlinkat(const char *to, int directory, const char *path) {
  REAL(int, "symlinkat", const char *, int, const char *);
  char absolute[PATH_MAX];
  absolute_path(directory, path, absolute);
  if (shared != NULL && below_watched(absolute) != NULL) note_unknown("symlink", absolute);
  return real(to, directory, path);
}
int symlink(const char *to, const char *path) { return symlinkat(to, AT_FDCWD, path); }

int unlinkat(int directory, const char *path, int flags) {
  REAL(int, "unlinkat", int, const char *, int);
  char absolute[PATH_MAX];
  absolute_path(directory, path, absolute);
  const char *below = shared ? below_watched(absolute) : NULL;
  if (below == NULL) return real(directory, path, flags);
  lock();
  int answer = real(directory, path, flags);
  if (answer == 0) note(UNLINK, below, NULL, 0, 0, NULL, 0, 0);
  unlock();
  return answer;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
  int answer = unlink(path);
  return answer != 0 && errno == EISDIR ? rmdir(path) : answer;
}

int mkdirat(int directory, const char *path, mode_t mode) {
  REAL(int, "mkdirat", int, const char *, mode_t);
  char absolute[PATH_MAX];
  absolute_path(directory, path, absolute);
  const char *below = shared ? below_watched(absolute) : NULL;
  if (below == NULL) return real(directory, path, mode);
  lock();
  int answer = real(directory, path, mode);
  if (answer == 0) note(FOLDER, below, NULL, 0, 0, NULL, 0, 0);
  unlock();
  return answer;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
char *mkdtemp(char *template) {
  REAL(char *, "mkdtemp", char *);
  if (shared == NULL) return real(template);
  lock();
  char *made = real(template), absolute[PATH_MAX];
  if (made != NULL) {
    absolute_path(AT_FDCWD, made, absolute);
    if (below_watched(absolute) != NULL) note(FOLDER, below_watched(absolute), NULL, 0, 0, NULL, 0, 0);
  }
  unlock();
  return made;
}
int mkstemp64(char *template) {
  REAL(int, "mkstemp64", char *);
  int fd = real(template);
  char absolute[PATH_MAX];
  absolute_path(AT_FDCWD, template, absolute);
  if (shared != NULL && below_watched(absolute) != NULL) note_unknown("mkstemp", absolute);
  return fd;
}
int mkstemp(char *template) __attribute__((alias("mkstemp64")));

/*
 * libuv makes some calls by their numbers: of those that change files, copy_file_range. It also asks for io_uring, and would then write
 * where nobody looks; refused, it takes its threads.
 */
long syscall(long number, ...) {
  REAL(long, "syscall", long, ...);
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (shared != NULL) switch (number) {
    case SYS_io_uring_setup:
      errno = ENOSYS;
      return -1;
    case SYS_copy_file_range:
      return copy_file_range(a[0], (off_t *)a[1], a[2], (off_t *)a[3], a[4], a[5]);
    case SYS_openat:
      return open_and_note(a[0], (const char *)a[1], a[2], a[3]);
    case SYS_renameat2:
      return renameat2(a[0], (const char *)a[1], a[2], (const char *)a[3], a[4]);
    case SYS_unlinkat:
      return unlinkat(a[0], (const char *)a[1], a[2]);
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
    case SYS_pwritev:
    case SYS_pwritev2:
    case SYS_ftruncate:
    case SYS_fallocate:
    case SYS_openat2:
      if (number == SYS_openat2 || handle_of(a[0]) != 0) note_unknown("syscall", NULL);
  }
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
