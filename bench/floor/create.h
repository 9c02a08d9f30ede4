// create N: a star of N hosts, with as few and as large steps as the kernel takes.
#define LOOPBACK_INDEX 1
#define DEVICE_INDEX 2
#define BRIDGE_INDEX 2
#define FIRST_PORT_INDEX 10

typedef struct {
  int fd;
  int netlink;
} Room;

static void put_up(Batch *batch, int index) {
  struct ifinfomsg *link = put_message(batch, RTM_NEWLINK, 0, sizeof *link);
  link->ifi_index = index;
  link->ifi_flags = link->ifi_change = IFF_UP;
}

static void put_mac(Batch *batch, int kind, int host) {
  uint8_t mac[6] = {0x02, kind, 0, 0, host >> 8, host & 255};
  put_attribute(batch, IFLA_ADDRESS, mac, sizeof mac);
}

static void put_bridge(Batch *batch, int number) {
  struct ifinfomsg *link = put_message(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link);
  link->ifi_index = BRIDGE_INDEX;
  link->ifi_flags = link->ifi_change = IFF_UP;
  put_text(batch, IFLA_IFNAME, "br0");
  put_mac(batch, 1, number);
  size_t info = open_nest(batch, IFLA_LINKINFO);
  put_attribute(batch, IFLA_INFO_KIND, "bridge", 6);
  close_nest(batch, info);
}

// Both ends in place, with final names, indexes and MACs; the port joins its bridge and comes up at once. The peer
// cannot be made up (ENOTCONN): that takes the host's own message.
static void put_cable(Batch *batch, int host, int host_fd) {
  struct ifinfomsg *port = put_message(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *port);
  port->ifi_index = FIRST_PORT_INDEX + host;
  port->ifi_flags = port->ifi_change = IFF_UP;
  char name[IFNAMSIZ];
  snprintf(name, sizeof name, "p%d", host);
  put_text(batch, IFLA_IFNAME, name);
  put_mac(batch, 2, host);
  put_u32(batch, IFLA_MASTER, BRIDGE_INDEX);
  size_t info = open_nest(batch, IFLA_LINKINFO);
  put_attribute(batch, IFLA_INFO_KIND, "veth", 4);
  size_t data = open_nest(batch, IFLA_INFO_DATA);
  size_t peer = open_nest(batch, VETH_INFO_PEER);
  struct ifinfomsg device = {.ifi_index = DEVICE_INDEX};
  memcpy(batch->bytes + batch->used, &device, sizeof device);
  grow_message(batch, sizeof device);
  put_text(batch, IFLA_IFNAME, "eth0");
  put_mac(batch, 3, host);
  put_u32(batch, IFLA_NET_NS_FD, host_fd);
  close_nest(batch, peer);
  close_nest(batch, data);
  close_nest(batch, info);
}

static void put_address(Batch *batch, int host) {
  struct ifaddrmsg *address = put_message(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *address);
  address->ifa_family = AF_INET;
  address->ifa_prefixlen = 16;
  address->ifa_index = DEVICE_INDEX;
  put_u32(batch, IFA_LOCAL, address_of(host));
  put_u32(batch, IFA_ADDRESS, address_of(host));
}

static void put_default_route(Batch *batch, int host) {
  struct rtmsg *route = put_message(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *route);
  route->rtm_family = AF_INET;
  route->rtm_table = RT_TABLE_MAIN;
  route->rtm_protocol = RTPROT_STATIC;
  route->rtm_scope = RT_SCOPE_UNIVERSE;
  route->rtm_type = RTN_UNICAST;
  put_u32(batch, RTA_GATEWAY, gateway_of(host));
  put_u32(batch, RTA_OIF, DEVICE_INDEX);
}

static Room make_room(int number) {
  int fd = enter_new_named_namespace(number);
  return (Room){.fd = fd, .netlink = open_netlink()};
}

static void create(void) {
  static Batch batch;
  Room *rooms = must_alloc(namespace_count(), sizeof *rooms);
  prepare_namespace_dir();
  int home = open_own_namespace();
  double begun = now_ms();
  for (int n = 0; n < namespace_count(); n++) rooms[n] = make_room(n);
  enter(home);
  double named = now_ms();
  for (int s = 0; s < options.switches; s++) {
    put_up(&batch, LOOPBACK_INDEX);
    put_bridge(&batch, s);
    exchange(rooms[options.hosts + s].netlink, &batch);
  }
  for (int host = 0; host < options.hosts; host++) {
    put_cable(&batch, host, rooms[host].fd);
    exchange(rooms[options.hosts + switch_of(host)].netlink, &batch);
  }
  double wired = now_ms();
  for (int host = 0; host < options.hosts; host++) {
    put_up(&batch, LOOPBACK_INDEX);
    put_up(&batch, DEVICE_INDEX);
    put_address(&batch, host);
    put_default_route(&batch, host);
    exchange(rooms[host].netlink, &batch);
  }
  double done = now_ms();
  printf("{\"op\":\"create\",\"hosts\":%d,\"v6\":%d,\"ms\":%.3f,\"namespaces_ms\":%.3f,\"devices_ms\":%.3f,"
         "\"hosts_ms\":%.3f,\"system_ms\":%.1f}\n",
         options.hosts, options.v6, done - begun, named - begun, wired - named, done - wired, system_ms());
}
