/*
 * The kernel's GPIO sysfs as a file system of one process, so that the real onoff and its epoll have something to hold on to where there
 * are no chips. Laws as in Linux, drivers/gpio/gpiolib-sysfs.c: a line is handed out by its global number; value, direction, edge and
 * active_low are its files; poll says POLLPRI | POLLERR once per edge until the value is read from its beginning; what was taken back
 * reads ENODEV and polls as an error for ever.
 *
 *   gpio-sysfs FOLDER LABEL:BASE:LINES... [-legacy] [-nowrite]
 *
 * Commands on standard input, one a line, answered by "ok": level NUMBER 0|1, busy NUMBER, output NUMBER, noedge NUMBER, take NUMBER, late MS.
 * "state" answers with all lines that are handed out, "driven" with all outputs: NUMBER=LEVEL and how often it was set.
 */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse3/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHIPS_MAX 4
#define LINES_MAX 128
#define ROOT_FILES 2

struct chip { char label[64]; int base, lines; };
struct line {
  int number, exported, level, output, edges, busy, noedge, active_low, driven;
  unsigned events, generation;
  double exported_at;
  struct fuse_pollhandle *waiting[8];
};
struct handle { int line; char file[16]; unsigned seen, generation; };

static struct chip chips[CHIPS_MAX];
static int chip_count, line_count, legacy_off, nowrite, late_ms;
static struct line lines[LINES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *const FILES[] = {"value", "direction", "edge", "active_low"};

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static struct line *line_of(int number) {
  for (int i = 0; i < line_count; i++)
    if (lines[i].number == number) return &lines[i];
  return NULL;
}

/* "/gpio17/value" -> its line and "value"; "/gpio17" -> its line and "". */
static struct line *parse(const char *path, const char **file) {
  int number, used = 0;
  if (sscanf(path, "/gpio%d%n", &number, &used) != 1) return NULL;
  struct line *line = line_of(number);
  if (!line || !line->exported) return NULL;
  *file = path[used] == '/' ? path + used + 1 : path + used;
  if (line->noedge && strcmp(*file, "edge") == 0) return NULL;
  return line;
}

static int is_file(const char *name) {
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
    if (strcmp(FILES[i], name) == 0) return 1;
  return 0;
}

static struct chip *chip_at(const char *path, const char **file) {
  int base, used = 0;
  if (legacy_off || sscanf(path, "/gpiochip%d%n", &base, &used) != 1) return NULL;
  *file = path[used] == '/' ? path + used + 1 : path + used;
  for (int i = 0; i < chip_count; i++)
    if (chips[i].base == base) return &chips[i];
  return NULL;
}

static int is_command(const char *path) { return !legacy_off && (strcmp(path, "/export") == 0 || strcmp(path, "/unexport") == 0); }

static void wake(struct line *line) {
  for (int i = 0; i < 8; i++)
    if (line->waiting[i]) {
      fuse_notify_poll(line->waiting[i]);
      fuse_pollhandle_destroy(line->waiting[i]);
      line->waiting[i] = NULL;
    }
}

static void take_back(struct line *line) {
  line->exported = line->edges = 0;
  line->generation++;
  wake(line);
}

static int fs_getattr(const char *path, struct stat *st, struct fuse_file_info *fi) {
  const char *file = "";
  memset(st, 0, sizeof *st);
  st->st_nlink = 1;
  st->st_size = 4096;
  pthread_mutex_lock(&lock);
  struct line *line = parse(path, &file);
  struct chip *chip = line ? NULL : chip_at(path, &file);
  int result = 0;
  if (strcmp(path, "/") == 0 || ((line || chip) && *file == 0)) st->st_mode = S_IFDIR | 0755;
  else if (is_command(path)) st->st_mode = S_IFREG | (nowrite ? 0444 : 0222);
  /* udev hands the files of a line to its group a moment later. */
  else if (line && is_file(file)) st->st_mode = S_IFREG | (now_ms() - line->exported_at < late_ms ? 0444 : 0666);
  else if (chip && (!strcmp(file, "label") || !strcmp(file, "base") || !strcmp(file, "ngpio"))) st->st_mode = S_IFREG | 0444;
  else result = -ENOENT;
  /* A file that is open stays what it was after its line was taken back. */
  if (result && fi && fi->fh) st->st_mode = S_IFREG | 0666, result = 0;
  pthread_mutex_unlock(&lock);
  return result;
}

static int fs_access(const char *path, int mask) {
  struct stat st;
  int result = fs_getattr(path, &st, NULL);
  if (result) return result;
  return (mask & W_OK) && !(st.st_mode & 0222) ? -EACCES : 0;
}

static int fs_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t at, struct fuse_file_info *fi, enum fuse_readdir_flags flags) {
  char name[32];
  if (strcmp(path, "/") != 0) return 0;
  pthread_mutex_lock(&lock);
  if (!legacy_off) {
    fill(buf, "export", NULL, 0, 0);
    fill(buf, "unexport", NULL, 0, 0);
    for (int i = 0; i < chip_count; i++) snprintf(name, sizeof name, "gpiochip%d", chips[i].base), fill(buf, name, NULL, 0, 0);
  }
  for (int i = 0; i < line_count; i++)
    if (lines[i].exported) snprintf(name, sizeof name, "gpio%d", lines[i].number), fill(buf, name, NULL, 0, 0);
  pthread_mutex_unlock(&lock);
  return 0;
}

static int fs_open(const char *path, struct fuse_file_info *fi) {
  const char *file = "";
  int result = fs_access(path, (fi->flags & O_ACCMODE) == O_RDONLY ? R_OK : W_OK);
  if (result) return result;
  struct handle *handle = calloc(1, sizeof *handle);
  handle->line = -1;
  pthread_mutex_lock(&lock);
  struct line *line = parse(path, &file);
  if (line) {
    handle->line = line->number;
    handle->seen = line->events;
    handle->generation = line->generation;
    snprintf(handle->file, sizeof handle->file, "%s", file);
  }
  pthread_mutex_unlock(&lock);
  fi->fh = (uint64_t)(uintptr_t)handle;
  fi->direct_io = 1;
  return 0;
}

static int fs_release(const char *path, struct fuse_file_info *fi) {
  free((void *)(uintptr_t)fi->fh);
  return 0;
}

static int fs_read(const char *path, char *buf, size_t size, off_t at, struct fuse_file_info *fi) {
  struct handle *handle = (void *)(uintptr_t)fi->fh;
  const char *file = "";
  char text[80] = "";
  pthread_mutex_lock(&lock);
  if (handle->line >= 0) {
    struct line *line = line_of(handle->line);
    if (!line->exported || line->generation != handle->generation) {
      pthread_mutex_unlock(&lock);
      return -ENODEV;
    }
    if (!strcmp(handle->file, "value")) {
      if (at == 0) handle->seen = line->events;
      snprintf(text, sizeof text, "%d\n", line->level ^ line->active_low);
    } else if (!strcmp(handle->file, "direction")) snprintf(text, sizeof text, "%s\n", line->output ? "out" : "in");
    else if (!strcmp(handle->file, "edge")) snprintf(text, sizeof text, "%s\n", line->edges ? "both" : "none");
    else snprintf(text, sizeof text, "%d\n", line->active_low);
  } else {
    struct chip *chip = chip_at(path, &file);
    if (chip && !strcmp(file, "label")) snprintf(text, sizeof text, "%s\n", chip->label);
    else if (chip) snprintf(text, sizeof text, "%d\n", !strcmp(file, "base") ? chip->base : chip->lines);
  }
  pthread_mutex_unlock(&lock);
  size_t length = strlen(text);
  if ((size_t)at >= length) return 0;
  if (size > length - at) size = length - at;
  memcpy(buf, text + at, size);
  return size;
}

static int fs_write(const char *path, const char *buf, size_t size, off_t at, struct fuse_file_info *fi) {
  struct handle *handle = (void *)(uintptr_t)fi->fh;
  char text[32] = "";
  int result = size;
  memcpy(text, buf, size < sizeof text ? size : sizeof text - 1);
  pthread_mutex_lock(&lock);
  if (handle->line >= 0) {
    struct line *line = line_of(handle->line);
    if (!line->exported || line->generation != handle->generation) result = -ENODEV;
    else if (!strcmp(handle->file, "direction")) {
      line->output = strncmp(text, "in", 2) != 0;
      /* "out" is "low": the line is driven from the first moment on. */
      if (line->output) line->level = strncmp(text, "high", 4) == 0, line->driven++;
    }
    else if (!strcmp(handle->file, "edge")) line->edges = strncmp(text, "both", 4) == 0;
    else if (!strcmp(handle->file, "active_low")) line->active_low = text[0] == '1';
    else if (!line->output) result = -EPERM;
    else line->level = (text[0] == '1') ^ line->active_low, line->driven++;
  } else {
    struct line *line = line_of(atoi(text));
    if (!line) result = -EINVAL;
    else if (!strcmp(path, "/export")) {
      if (line->busy || line->exported) result = -EBUSY;
      else line->exported = 1, line->generation++, line->exported_at = now_ms();
    } else if (!line->exported) result = -EINVAL;
    else take_back(line);
  }
  pthread_mutex_unlock(&lock);
  return result;
}

static int fs_truncate(const char *path, off_t size, struct fuse_file_info *fi) { return 0; }

static int fs_poll(const char *path, struct fuse_file_info *fi, struct fuse_pollhandle *ph, unsigned *events) {
  struct handle *handle = (void *)(uintptr_t)fi->fh;
  pthread_mutex_lock(&lock);
  struct line *line = handle->line < 0 ? NULL : line_of(handle->line);
  *events = POLLIN | POLLOUT;
  if (line && (!line->exported || line->generation != handle->generation || (!strcmp(handle->file, "value") && handle->seen != line->events)))
    *events |= POLLERR | POLLPRI;
  int place = 0;
  while (ph && line && place < 8 && line->waiting[place]) place++;
  if (ph && line && place < 8) line->waiting[place] = ph;
  else if (ph) fuse_pollhandle_destroy(ph);
  pthread_mutex_unlock(&lock);
  return 0;
}

static const struct fuse_operations operations = {
  .getattr = fs_getattr, .access = fs_access, .readdir = fs_readdir, .open = fs_open, .release = fs_release,
  .read = fs_read, .write = fs_write, .truncate = fs_truncate, .poll = fs_poll,
};

static void obey(const char *command) {
  char what[16] = "";
  int number = 0, value = 0;
  sscanf(command, "%15s %d %d", what, &number, &value);
  struct line *line = line_of(number);
  if (!strcmp(what, "late")) late_ms = number;
  else if (!strcmp(what, "state")) {
    for (int i = 0; i < line_count; i++)
      if (lines[i].exported) printf("%d:%s:%s ", lines[i].number, lines[i].output ? "out" : "in", lines[i].edges ? "both" : "none");
  } else if (!strcmp(what, "driven")) {
    for (int i = 0; i < line_count; i++)
      if (lines[i].exported && lines[i].output) printf("%d=%d/%d ", lines[i].number, lines[i].level, lines[i].driven);
  } else if (!line) printf("no line %d ", number);
  else if (!strcmp(what, "level") && line->level != value) {
    line->level = value;
    if (line->edges) line->events++, wake(line);
  } else if (!strcmp(what, "busy")) line->busy = 1;
  else if (!strcmp(what, "free")) line->busy = 0;
  else if (!strcmp(what, "noedge")) line->noedge = 1;
  else if (!strcmp(what, "output")) line->exported = line->output = 1;
  else if (!strcmp(what, "take") && line->exported) take_back(line);
}

static void *listen_to_commands(void *fuse) {
  char command[128];
  while (fgets(command, sizeof command, stdin)) {
    pthread_mutex_lock(&lock);
    obey(command);
    pthread_mutex_unlock(&lock);
    printf("ok\n");
    fflush(stdout);
  }
  /* Whoever started this is gone. */
  fuse_unmount(fuse);
  _exit(0);
}

int main(int argc, char **argv) {
  struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
  pthread_t thread;
  fuse_opt_add_arg(&args, argv[0]);
  fuse_opt_add_arg(&args, "-oallow_other,attr_timeout=0,entry_timeout=0,negative_timeout=0");
  for (int i = 2; i < argc; i++) {
    if (!strcmp(argv[i], "-legacy")) legacy_off = 1;
    else if (!strcmp(argv[i], "-nowrite")) nowrite = 1;
    else if (chip_count < CHIPS_MAX) {
      struct chip *chip = &chips[chip_count++];
      sscanf(argv[i], "%63[^:]:%d:%d", chip->label, &chip->base, &chip->lines);
      for (int n = 0; n < chip->lines && line_count < LINES_MAX; n++)
        lines[line_count].number = chip->base + n, lines[line_count++].level = 1;
    }
  }
  struct fuse *fuse = fuse_new(&args, &operations, sizeof operations, NULL);
  if (!fuse || fuse_mount(fuse, argv[1])) return 1;
  pthread_create(&thread, NULL, listen_to_commands, fuse);
  printf("ready\n");
  fflush(stdout);
  return fuse_loop_mt(fuse, 0);
}
