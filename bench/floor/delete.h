// delete N: all names away, then wait until the kernel has taken everything apart.
//
// How "gone" is known: from a nameless monitor namespace each namespace of the star gets a number (nsid). The kernel
// takes a number away when it begins to clean a namespace up, and tells us. Devices go later. So one more namespace, the
// fence, holds one end of a veth pair whose other end is here, and is let go last: the one worker that cleans up takes
// namespaces in the order in which they were let go, so when the fence's end is gone here, all before it are gone too.
// A number that is still there belongs to a namespace that is held a moment longer (the kernel frees the netlink sockets
// of a process that has just ended only after an RCU grace period): then another fence goes after it.
#include <poll.h>

#define FENCE_INDEX 1000

typedef struct {
  int home;
  int namespace_fd;
  int requests;
  int events;
} Monitor;

static int subscribe(void) {
  int fd = open_netlink();
  struct sockaddr_nl all = {.nl_family = AF_NETLINK};
  if (bind(fd, (void *)&all, sizeof all)) fail("bind");
  const int groups[] = {RTNLGRP_LINK, RTNLGRP_NSID};
  for (int i = 0; i < 2; i++)
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof groups[i])) fail("subscribe");
  return fd;
}

static void put_fence(Batch *batch, int monitor_fd) {
  struct ifinfomsg *link = put_message(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link);
  link->ifi_index = FENCE_INDEX;  // a peer's index counts only where this end has one too
  put_text(batch, IFLA_IFNAME, "fence");
  size_t info = open_nest(batch, IFLA_LINKINFO);
  put_attribute(batch, IFLA_INFO_KIND, "veth", 4);
  size_t data = open_nest(batch, IFLA_INFO_DATA);
  size_t peer = open_nest(batch, VETH_INFO_PEER);
  struct ifinfomsg here = {.ifi_index = FENCE_INDEX};
  memcpy(batch->bytes + batch->used, &here, sizeof here);
  grow_message(batch, sizeof here);
  put_text(batch, IFLA_IFNAME, "fence");
  put_u32(batch, IFLA_NET_NS_FD, monitor_fd);
  close_nest(batch, peer);
  close_nest(batch, data);
  close_nest(batch, info);
}

static Monitor open_monitor(void) {
  Monitor monitor = {.home = open_own_namespace(), .namespace_fd = enter_new_namespace()};
  monitor.requests = open_netlink();
  monitor.events = subscribe();
  enter(monitor.home);
  return monitor;
}

static int make_fence(const Monitor *monitor) {
  static Batch batch;
  int fence = enter_new_namespace();
  int netlink = open_netlink();
  put_fence(&batch, monitor->namespace_fd);
  exchange(netlink, &batch);
  close(netlink);
  enter(monitor->home);
  return fence;
}

static void number_namespace(const Monitor *monitor, int fd, int nsid) {
  static Batch batch;
  struct rtgenmsg *header = put_message(&batch, RTM_NEWNSID, 0, sizeof *header);
  header->rtgen_family = AF_UNSPEC;
  put_u32(&batch, NETNSA_NSID, nsid);
  put_u32(&batch, NETNSA_FD, fd);
  exchange(monitor->requests, &batch);
}

static void count_message(const struct nlmsghdr *message, void *count) {
  (void)message;
  ++*(int *)count;
}

static int numbers_left(const Monitor *monitor) {
  static Batch batch;
  struct rtgenmsg *header = put_message(&batch, RTM_GETNSID, NLM_F_DUMP, sizeof *header);
  header->rtgen_family = AF_UNSPEC;
  int count = 0;
  dump(monitor->requests, &batch, count_message, &count);
  return count;
}

static void await_fence(const Monitor *monitor) {
  for (;;) {
    struct pollfd waiting = {.fd = monitor->events, .events = POLLIN};
    if (poll(&waiting, 1, 60000) == 0) fail("not gone after 60 s");
    ssize_t bytes = receive(monitor->events, MSG_DONTWAIT);
    for (struct nlmsghdr *m = (void *)answer; NLMSG_OK(m, bytes); m = NLMSG_NEXT(m, bytes)) {
      const struct ifinfomsg *link = NLMSG_DATA(m);
      if (m->nlmsg_type == RTM_DELLINK && link->ifi_index == FENCE_INDEX) return;
    }
  }
}

// One system call where the descriptors stand in a row, so that the clean-up worker finds them all when it wakes.
static void close_all(const int *fds, int count) {
  if (fds[count - 1] - fds[0] == count - 1 && close_range(fds[0], fds[count - 1], 0) == 0) return;
  for (int i = 0; i < count; i++) close(fds[i]);
}

static void delete_star(void) {
  double prepared = now_ms();
  int count = namespace_count();
  int *fds = must_alloc(count + 1, sizeof *fds);
  Monitor monitor = open_monitor();
  int fence = make_fence(&monitor);
  for (int n = 0; n < count; n++) number_namespace(&monitor, fds[n] = open_namespace(n), n + 1);
  if (!options.hold) close_all(fds, count);
  double begun = now_ms();
  for (int n = 0; n < count; n++) remove_name(n);
  if (options.hold) close_all(fds, count);
  double returned = now_ms();
  int rounds = 0;
  for (;; fence = make_fence(&monitor)) {
    close(fence);
    await_fence(&monitor);
    if (numbers_left(&monitor) == 0) break;
    if (++rounds == 100) fail("somebody holds a namespace");
  }
  double gone = now_ms();
  printf("{\"op\":\"delete\",\"hosts\":%d,\"returned_ms\":%.3f,\"gone_ms\":%.3f,\"monitor_ms\":%.3f}\n", options.hosts,
         returned - begun, gone - begun, begun - prepared);
}
