// What every command of the floor needs: options, time, and the end of the program when something fails.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  int hosts;
  int switches;        // two from 1,000 hosts on: a bridge takes 1,023 ports
  int v6;              // 0 switches IPv6 off in every namespace before a device exists
  int hold;            // delete: keep a descriptor on every namespace until all names are gone
  int flush;           // ping: empty the neighbour tables before the cold round
  int window;          // ping: echoes on their way at once
  int timeout_ms;      // ping: silence after which a round is over
  const char *prefix;  // namespaces are named prefix + number: hosts from 0, then switches
} Options;

static Options options = {.v6 = 0, .hold = 1, .flush = 1, .window = 256, .timeout_ms = 2000, .prefix = "floor-"};

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double system_ms(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_stime.tv_sec * 1e3 + usage.ru_stime.tv_usec / 1e3;
}

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  int error = errno;
  va_list words;
  va_start(words, format);
  fprintf(stderr, "floor: ");
  vfprintf(stderr, format, words);
  va_end(words);
  fprintf(stderr, error ? ": %s\n" : "\n", strerror(error));
  exit(1);
}

static void *must_alloc(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) fail("out of memory");
  return memory;
}

static int namespace_count(void) { return options.hosts + options.switches; }
static int hosts_per_switch(void) { return (options.hosts + options.switches - 1) / options.switches; }
static int switch_of(int host) { return host / hosts_per_switch(); }

// 10.<switch>.<x>.<y>/16, counted from .0.2 on each switch; .0.1 is the gateway that nobody is. Network byte order.
static uint32_t address_of(int host) {
  return htonl(10u << 24 | (uint32_t)switch_of(host) << 16 | (uint32_t)(host % hosts_per_switch() + 2));
}
static uint32_t gateway_of(int host) { return htonl(10u << 24 | (uint32_t)switch_of(host) << 16 | 1u); }
