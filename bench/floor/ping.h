// ping N: all ordered pairs from one process, first with empty neighbour tables, then again.
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>

#define ICMP_FILTER 1  // linux/icmp.h, which cannot stand beside netinet/ip_icmp.h
#define ECHO_ID 0x4e4c
#define EVENTS 64

typedef struct {
  struct icmphdr header;
  uint32_t from, to, round;
} EchoPacket;

typedef struct {
  int *sockets;
  int epoll;
  uint8_t *answered;
  long answers;
  int under_way;
  uint32_t round;
  double last_answer_ms;
} Matrix;

static uint16_t checksum(const void *data, size_t bytes) {
  const uint16_t *words = data;
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes / 2; i++) sum += words[i];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

static void forget_neighbour(const struct nlmsghdr *message, void *context) {
  const struct ndmsg *known = NLMSG_DATA(message);
  struct rtattr *first = (void *)((char *)known + NLMSG_ALIGN(sizeof *known));
  struct rtattr *address = find_attribute(first, NLMSG_PAYLOAD(message, sizeof *known), NDA_DST);
  if (!address || known->ndm_state & (NUD_PERMANENT | NUD_NOARP)) return;
  struct ndmsg *gone = put_message(context, RTM_DELNEIGH, 0, sizeof *gone);
  gone->ndm_family = known->ndm_family;
  gone->ndm_ifindex = known->ndm_ifindex;
  put_attribute(context, NDA_DST, RTA_DATA(address), RTA_PAYLOAD(address));
}

// In the namespace that this process is in.
static void flush_neighbours(void) {
  static Batch request, removals;
  int fd = open_netlink();
  struct ndmsg *all = put_message(&request, RTM_GETNEIGH, NLM_F_DUMP, sizeof *all);
  all->ndm_family = AF_INET;
  dump(fd, &request, forget_neighbour, &removals);
  exchange(fd, &removals);
  close(fd);
}

static void open_sockets(Matrix *matrix) {
  matrix->sockets = must_alloc(options.hosts, sizeof *matrix->sockets);
  matrix->epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int host = 0; host < options.hosts; host++) {
    int room = open_namespace(host);
    enter(room);
    close(room);
    int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (fd < 0) fail("raw socket");
    uint32_t blocked = ~(1u << ICMP_ECHOREPLY);
    int bytes = 1 << 20;
    setsockopt(fd, SOL_RAW, ICMP_FILTER, &blocked, sizeof blocked);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = host};
    if (epoll_ctl(matrix->epoll, EPOLL_CTL_ADD, fd, &event)) fail("epoll");
    matrix->sockets[host] = fd;
  }
}

static void ask(Matrix *matrix, uint32_t from, uint32_t to) {
  EchoPacket echo = {.from = from, .to = to, .round = matrix->round};
  echo.header.type = ICMP_ECHO;
  echo.header.un.echo.id = htons(ECHO_ID);
  echo.header.un.echo.sequence = htons(to);
  echo.header.checksum = checksum(&echo, sizeof echo);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = address_of(to)};
  if (sendto(matrix->sockets[from], &echo, sizeof echo, 0, (void *)&address, sizeof address) > 0) matrix->under_way++;
}

static void take_answers(Matrix *matrix, uint32_t host) {
  char packet[512];
  for (;;) {
    ssize_t bytes = recv(matrix->sockets[host], packet, sizeof packet, 0);
    if (bytes < 0) return;
    size_t header = ((struct iphdr *)packet)->ihl * 4;
    if ((size_t)bytes < header + sizeof(EchoPacket)) continue;
    EchoPacket echo;
    memcpy(&echo, packet + header, sizeof echo);
    if (echo.header.un.echo.id != htons(ECHO_ID) || echo.from != host || echo.round != matrix->round) continue;
    if (echo.to >= (uint32_t)options.hosts) continue;
    uint8_t *seen = &matrix->answered[(size_t)host * options.hosts + echo.to];
    if (*seen) continue;
    *seen = 1;
    matrix->answers++;
    if (matrix->under_way > 0) matrix->under_way--;
    matrix->last_answer_ms = now_ms();
  }
}

// Senders take turns, each asking its n-th neighbour to the right, so that no host is asked by all at once.
static double ask_all(Matrix *matrix) {
  long pairs = (long)options.hosts * (options.hosts - 1), sent = 0;
  memset(matrix->answered, 0, (size_t)options.hosts * options.hosts);
  matrix->answers = matrix->under_way = 0;
  matrix->round++;
  double begun = matrix->last_answer_ms = now_ms();
  while (matrix->answers < pairs) {
    for (; matrix->under_way < options.window && sent < pairs; sent++) {
      uint32_t from = sent % options.hosts, distance = 1 + sent / options.hosts;
      ask(matrix, from, (from + distance) % options.hosts);
    }
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(matrix->epoll, events, EVENTS, 20);
    for (int i = 0; i < ready; i++) take_answers(matrix, events[i].data.u32);
    double silence_ms = now_ms() - matrix->last_answer_ms;
    if (silence_ms > 50) matrix->under_way = 0;  // lost: make room
    if (silence_ms > options.timeout_ms && sent == pairs) break;
  }
  return matrix->last_answer_ms - begun;
}

static void ping_star(void) {
  if (options.switches > 1) fail("the switches are not joined: at most 999 hosts");
  Matrix matrix = {.answered = must_alloc((size_t)options.hosts * options.hosts, 1)};
  int home = open_own_namespace();
  for (int host = 0; options.flush && host < options.hosts; host++) {
    int room = open_namespace(host);
    enter(room);
    close(room);
    flush_neighbours();
  }
  double begun = now_ms();
  open_sockets(&matrix);
  enter(home);
  double opened = now_ms();
  double cold_ms = ask_all(&matrix);
  long cold = matrix.answers;
  double warm_ms = ask_all(&matrix);
  long pairs = (long)options.hosts * (options.hosts - 1);
  printf("{\"op\":\"ping\",\"hosts\":%d,\"pairs\":%ld,\"open_ms\":%.3f,\"cold_answered\":%ld,\"cold_ms\":%.3f,"
         "\"warm_answered\":%ld,\"warm_ms\":%.3f}\n",
         options.hosts, pairs, opened - begun, cold, cold_ms, matrix.answers, warm_ms);
}
