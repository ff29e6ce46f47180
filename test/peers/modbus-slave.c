/*
 * A Modbus device by libmodbus (Debian: libmodbus-dev): input registers and nothing else.
 *
 *   modbus-slave tcp HOST:PORT UNIT BUSY_EVERY FIRST VALUE...
 *   modbus-slave rtu /dev/... UNIT BUSY_EVERY FIRST VALUE...
 *
 * It has the registers FIRST, FIRST + 1, ... with these values; what else is asked for is answered by exception 2. Every BUSY_EVERYth question
 * (0: none) is answered by exception 6, "server device busy". Prints `ready`.
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static modbus_mapping_t *mapping;
static long busy_every;
static long questions;

static void answer(modbus_t *line, const uint8_t *question, int length) {
  questions += 1;
  if (busy_every > 0 && questions % busy_every == 0)
    modbus_reply_exception(line, question, MODBUS_EXCEPTION_SLAVE_OR_SERVER_BUSY);
  else
    modbus_reply(line, question, length, mapping);
}

static void serve_tcp(modbus_t *line) {
  int listening = modbus_tcp_listen(line, 1);
  uint8_t question[MODBUS_TCP_MAX_ADU_LENGTH];
  if (listening < 0) return;
  puts("ready");
  fflush(stdout);
  while (modbus_tcp_accept(line, &listening) >= 0) {
    for (;;) {
      int length = modbus_receive(line, question);
      if (length < 0) break;
      if (length > 0) answer(line, question, length);
    }
    modbus_close(line);
  }
}

static void serve_rtu(modbus_t *line) {
  uint8_t question[MODBUS_RTU_MAX_ADU_LENGTH];
  if (modbus_connect(line) < 0) return;
  puts("ready");
  fflush(stdout);
  for (;;) {
    int length = modbus_receive(line, question);
    if (length > 0) answer(line, question, length);
    else if (length < 0 && (errno == EIO || errno == EBADF || errno == ECONNRESET)) return;
  }
}

int main(int count, char **words) {
  if (count < 7) return 2;
  int is_tcp = strcmp(words[1], "tcp") == 0;
  int values = count - 6;
  busy_every = atol(words[4]);
  mapping = modbus_mapping_new_start_address(0, 0, 0, 0, 0, 0, (unsigned)atoi(words[5]), (unsigned)values);
  if (mapping == NULL) return 2;
  for (int value = 0; value < values; value += 1) mapping->tab_input_registers[value] = (uint16_t)atoi(words[6 + value]);
  modbus_t *line;
  if (is_tcp) {
    char *colon = strrchr(words[2], ':');
    if (colon == NULL) return 2;
    *colon = '\0';
    line = modbus_new_tcp(words[2], atoi(colon + 1));
  } else {
    line = modbus_new_rtu(words[2], 9600, 'N', 8, 1);
  }
  if (line == NULL || modbus_set_slave(line, atoi(words[3])) < 0) return 2;
  if (is_tcp) serve_tcp(line);
  else serve_rtu(line);
  fprintf(stderr, "%s: %s\n", words[2], modbus_strerror(errno));
  return 1;
}
