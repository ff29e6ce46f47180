/* What both libraries need: the real function behind a hook, and which descriptors and paths belong to the watched folder. */
#ifndef ROOMWARD_WATCH_H
#define ROOMWARD_WATCH_H
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 65536

#define REAL(result, name, ...)                                     \
  static result (*real)(__VA_ARGS__);                               \
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, name)

/* Without a trailing slash, no links in it: the test passes a real path. */
static char watched_folder[PATH_MAX];
/* By descriptor; handle 0: not in the watched folder. */
static struct {
  uint64_t handle;
  dev_t device;
  ino_t inode;
} descriptors[DESCRIPTORS_MAX];

/* The C library closes some descriptors by itself (closedir, fclose): the number may be another file's by now. */
static inline uint64_t handle_of(int fd) {
  struct stat now;
  if (fd < 0 || fd >= DESCRIPTORS_MAX || descriptors[fd].handle == 0) return 0;
  if (fstat(fd, &now) != 0 || now.st_dev != descriptors[fd].device || now.st_ino != descriptors[fd].inode) descriptors[fd].handle = 0;
  return descriptors[fd].handle;
}

static inline void set_handle(int fd, uint64_t handle) {
  struct stat now;
  if (fd < 0 || fd >= DESCRIPTORS_MAX) return;
  descriptors[fd].handle = handle != 0 && fstat(fd, &now) == 0 ? handle : 0;
  if (descriptors[fd].handle == 0) return;
  descriptors[fd].device = now.st_dev;
  descriptors[fd].inode = now.st_ino;
}

/* Absolute, without "." and "..", links not followed. The watched folder has none. */
static inline void absolute_path(int directory, const char *path, char out[PATH_MAX]) {
  char joined[PATH_MAX * 2] = "";
  if (path[0] != '/') {
    if (directory == AT_FDCWD) {
      if (getcwd(joined, PATH_MAX) == NULL) joined[0] = '\0';
    } else {
      char link[64];
      snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
      ssize_t length = readlink(link, joined, PATH_MAX - 1);
      joined[length < 0 ? 0 : length] = '\0';
    }
    strcat(joined, "/");
  }
  strncat(joined, path, PATH_MAX - 1);
  size_t end = 0;
  char *rest = joined;
  for (char *part; (part = strsep(&rest, "/")) != NULL;) {
    if (part[0] == '\0' || strcmp(part, ".") == 0) continue;
    if (strcmp(part, "..") == 0) {
      while (end > 0 && out[--end] != '/') continue;
      continue;
    }
    size_t length = strlen(part);
    if (end + length + 2 > PATH_MAX) break;
    out[end++] = '/';
    memcpy(out + end, part, length);
    end += length;
  }
  out[end] = '\0';
}

/* The path below the watched folder ("" for the folder itself), or NULL. */
static inline const char *below_watched(const char *absolute) {
  size_t length = strlen(watched_folder);
  if (length == 0 || strncmp(absolute, watched_folder, length) != 0) return NULL;
  if (absolute[length] == '\0') return absolute + length;
  return absolute[length] == '/' ? absolute + length + 1 : NULL;
}
#endif
