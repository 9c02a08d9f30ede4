// The floor: what the kernel itself costs for the work of netns-lab, by plain system calls from one process.
// Build: cc -O2 -o bench/bin/floor bench/floor.c    See bench/README.md for what each measure means.
#include "floor/common.h"
#include "floor/netlink.h"
#include "floor/namespace.h"
#include "floor/create.h"
#include "floor/delete.h"
#include "floor/dump.h"
#include "floor/ping.h"

static const struct {
  const char *name;
  void (*run)(void);
} COMMANDS[] = {{"create", create}, {"delete", delete_star}, {"dump", dump_star}, {"ping", ping_star}};

static const struct {
  const char *name;
  int *value;
} NUMBERS[] = {{"v6", &options.v6},         {"hold", &options.hold},     {"flush", &options.flush},
               {"window", &options.window}, {"timeout", &options.timeout_ms}};

static void usage(void) {
  fprintf(stderr, "usage: floor create|delete|dump|ping HOSTS [prefix=floor-] [v6=0] [hold=1] [flush=1] "
                  "[window=256] [timeout=2000]\n");
  exit(2);
}

static void read_option(char *argument) {
  char *value = strchr(argument, '=');
  if (!value) usage();
  *value++ = 0;
  if (strcmp(argument, "prefix") == 0) {
    if (strchr(value, '/') || strlen(value) > 200) usage();
    options.prefix = value;
    return;
  }
  for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
    if (strcmp(argument, NUMBERS[i].name)) continue;
    *NUMBERS[i].value = atoi(value);
    return;
  }
  usage();
}

int main(int count, char **arguments) {
  if (count < 3) usage();
  options.hosts = atoi(arguments[2]);
  if (options.hosts < 1 || options.hosts > 2046) usage();
  options.switches = options.hosts >= 1000 ? 2 : 1;
  for (int i = 3; i < count; i++) read_option(arguments[i]);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
    if (strcmp(arguments[1], COMMANDS[i].name)) continue;
    COMMANDS[i].run();
    return 0;
  }
  usage();
}
