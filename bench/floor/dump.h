// dump N: what an inspection reads of all namespaces, as fast as one process can read it.
typedef struct {
  long messages;
  long bytes;
  int has_bridge;
} Reading;

static void read_message(const struct nlmsghdr *message, void *context) {
  Reading *reading = context;
  reading->messages++;
  reading->bytes += message->nlmsg_len;
  if (message->nlmsg_type != RTM_NEWLINK || reading->has_bridge) return;
  struct rtattr *first = IFLA_RTA(NLMSG_DATA(message));
  struct rtattr *info = find_attribute(first, IFLA_PAYLOAD(message), IFLA_LINKINFO);
  struct rtattr *kind = info ? find_attribute(RTA_DATA(info), RTA_PAYLOAD(info), IFLA_INFO_KIND) : NULL;
  if (kind && RTA_PAYLOAD(kind) >= 6 && memcmp(RTA_DATA(kind), "bridge", 6) == 0) reading->has_bridge = 1;
}

static void read_routes(int fd, int family, Reading *reading) {
  static Batch batch;
  struct rtmsg *route = put_message(&batch, RTM_GETROUTE, NLM_F_DUMP, sizeof *route);
  route->rtm_family = family;
  put_u32(&batch, RTA_TABLE, RT_TABLE_MAIN);
  dump(fd, &batch, read_message, reading);
}

static void read_neighbours(int fd, int family, Reading *reading) {
  static Batch batch;
  struct ndmsg *neighbour = put_message(&batch, RTM_GETNEIGH, NLM_F_DUMP, sizeof *neighbour);
  neighbour->ndm_family = family;
  dump(fd, &batch, read_message, reading);
}

static void read_room(int fd, Reading *reading) {
  static Batch batch;
  reading->has_bridge = 0;
  struct ifinfomsg *link = put_message(&batch, RTM_GETLINK, NLM_F_DUMP, sizeof *link);
  link->ifi_family = AF_UNSPEC;
  dump(fd, &batch, read_message, reading);
  struct ifaddrmsg *address = put_message(&batch, RTM_GETADDR, NLM_F_DUMP, sizeof *address);
  address->ifa_family = AF_UNSPEC;
  dump(fd, &batch, read_message, reading);
  read_routes(fd, AF_INET, reading);
  read_routes(fd, AF_INET6, reading);
  read_neighbours(fd, AF_UNSPEC, reading);
  if (reading->has_bridge) read_neighbours(fd, AF_BRIDGE, reading);
}

static void dump_star(void) {
  Reading reading = {0};
  int home = open_own_namespace();
  double begun = now_ms();
  for (int n = 0; n < namespace_count(); n++) {
    int room = open_namespace(n);
    enter(room);
    close(room);
    int fd = open_netlink();
    read_room(fd, &reading);
    close(fd);
  }
  enter(home);
  double done = now_ms();
  printf("{\"op\":\"dump\",\"hosts\":%d,\"ms\":%.3f,\"messages\":%ld,\"bytes\":%ld}\n", options.hosts, done - begun,
         reading.messages, reading.bytes);
}
