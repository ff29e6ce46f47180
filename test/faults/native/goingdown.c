/*
 * Takes a mounted file system away at once, as if its card were pulled: what was not flushed is lost, and every call fails from now on.
 * The ioctl is XFS_IOC_GOINGDOWN; ext4 and f2fs have it under the same number. Argument: a folder on it.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define GOINGDOWN _IOR('X', 125, uint32_t)
#define WITHOUT_FLUSH 2

int main(int count, char **arguments) {
  uint32_t how = WITHOUT_FLUSH;
  int folder = count == 2 ? open(arguments[1], O_RDONLY) : -1;
  if (folder < 0 || ioctl(folder, GOINGDOWN, &how) != 0) {
    perror("goingdown");
    return 1;
  }
  return 0;
}
