/*
 * Preloaded into a process: makes the disk below ROOMWARD_FAULT_FOLDER fail as the file ROOMWARD_FAULT_CONTROL says, which may change at
 * any time; an empty one is a good disk. One fault per line:
 *   flush-fails ERRNO COUNT    the next COUNT flushes do not happen and say so; -1: all
 *   flush-takes MS             each flush takes that much longer
 *   write-fails ERRNO BYTES    after so many bytes more, nothing can be written
 *   write-short BYTES          a write takes that many bytes at most
 *   only END                   all of this for files alone whose name ends so
 */
#include "watch.h"
#include <pthread.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

static char control_file[PATH_MAX];
static char control[512];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
  char only[64];
  int flush_error, write_error;
  long flushes_left, flush_ms, write_left, write_short;
} faults;

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("ROOMWARD_FAULT_FOLDER"), *file = getenv("ROOMWARD_FAULT_CONTROL");
  if (folder == NULL || file == NULL) return;
  strncpy(control_file, file, PATH_MAX - 1);
  strncpy(watched_folder, folder, PATH_MAX - 1);
}

static int number_of(const char *name) {
  return strcmp(name, "EIO") == 0 ? EIO : strcmp(name, "ENOSPC") == 0 ? ENOSPC : strcmp(name, "EROFS") == 0 ? EROFS : EINVAL;
}

/* Under the mutex. Counts begin anew when the file says something else. */
static void read_control(void) {
  char text[sizeof control] = "";
  int fd = syscall(SYS_openat, AT_FDCWD, control_file, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    ssize_t length = syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    text[length < 0 ? 0 : length] = '\0';
  }
  if (strcmp(text, control) == 0) return;
  strcpy(control, text);
  memset(&faults, 0, sizeof faults);
  char *rest = text, name[16];
  for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
    if (sscanf(line, "flush-fails %15s %ld", name, &faults.flushes_left) == 2) faults.flush_error = number_of(name);
    if (sscanf(line, "write-fails %15s %ld", name, &faults.write_left) == 2) faults.write_error = number_of(name);
    sscanf(line, "flush-takes %ld", &faults.flush_ms);
    sscanf(line, "write-short %ld", &faults.write_short);
    sscanf(line, "only %63s", faults.only);
  }
}

/* Under the mutex. */
static int concerns(int fd) {
  if (faults.only[0] == '\0') return 1;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1), end = strlen(faults.only);
  return length >= end && strncmp(path + length - end, faults.only, end) == 0;
}

static int flush(int fd, int (*real)(int)) {
  if (handle_of(fd) == 0) return real(fd);
  pthread_mutex_lock(&mutex);
  read_control();
  if (!concerns(fd)) {
    pthread_mutex_unlock(&mutex);
    return real(fd);
  }
  long ms = faults.flush_ms;
  int error = faults.flushes_left != 0 ? faults.flush_error : 0;
  if (faults.flushes_left > 0) faults.flushes_left--;
  pthread_mutex_unlock(&mutex);
  struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  while (ms > 0 && nanosleep(&time, &time) != 0 && errno == EINTR) continue;
  if (error == 0) return real(fd);
  errno = error;
  return -1;
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  return flush(fd, real);
}
int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return flush(fd, real);
}

static ssize_t write_some(int fd, const struct iovec *parts, int count, off_t offset) {
  static ssize_t (*real_write)(int, const struct iovec *, int);
  static ssize_t (*real_pwrite)(int, const struct iovec *, int, off_t);
  if (real_pwrite == NULL) {
    *(void **)&real_write = dlsym(RTLD_NEXT, "writev");
    *(void **)&real_pwrite = dlsym(RTLD_NEXT, "pwritev64");
  }
  struct iovec first = parts[0];
  if (handle_of(fd) != 0) {
    pthread_mutex_lock(&mutex);
    read_control();
    int mine = concerns(fd);
    if (mine && faults.write_short > 0 && first.iov_len > (size_t)faults.write_short) {
      first.iov_len = faults.write_short;
      parts = &first;
      count = 1;
    }
    int error = mine ? faults.write_error : 0;
    if (error != 0 && faults.write_left > 0) {
      /* What is left of the disk takes a part of this write. */
      if (first.iov_len > (size_t)faults.write_left) first.iov_len = faults.write_left;
      faults.write_left -= first.iov_len;
      parts = &first;
      count = 1;
      error = 0;
    }
    pthread_mutex_unlock(&mutex);
    if (error != 0) {
      errno = error;
      return -1;
    }
  }
  return offset < 0 ? real_write(fd, parts, count) : real_pwrite(fd, parts, count, offset);
}
ssize_t write(int fd, const void *bytes, size_t count) {
  struct iovec part = {(void *)bytes, count};
  return write_some(fd, &part, 1, -1);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
  struct iovec part = {(void *)bytes, count};
  return write_some(fd, &part, 1, offset);
}
ssize_t writev(int fd, const struct iovec *parts, int count) { return write_some(fd, parts, count, -1); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) { return write_some(fd, parts, count, offset); }
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) __attribute__((alias("pwrite64")));
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) __attribute__((alias("pwritev64")));

int openat64(int directory, const char *path, int flags, ...) {
  REAL(int, "openat64", int, const char *, int, ...);
  va_list list;
  va_start(list, flags);
  mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
  va_end(list);
  int fd = real(directory, path, flags, mode);
  char absolute[PATH_MAX];
  absolute_path(directory, path, absolute);
  set_handle(fd, below_watched(absolute) != NULL ? 1 : 0);
  return fd;
}
int openat(int directory, const char *path, int flags, ...) __attribute__((alias("openat64")));
int open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
  va_end(list);
  return openat64(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
