// rtnetlink messages and the exchange with the kernel (rtnetlink(7)).
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

// Messages that go to the kernel by one send. Large enough for what is put between two sends.
typedef struct {
  char bytes[1 << 16];
  size_t used;
  size_t message;  // where the message that grows begins
  uint32_t sequence;
} Batch;

static void *put_message(Batch *batch, int type, int flags, size_t header_bytes) {
  batch->message = batch->used;
  struct nlmsghdr *header = (void *)(batch->bytes + batch->used);
  memset(header, 0, NLMSG_SPACE(header_bytes));
  header->nlmsg_len = NLMSG_SPACE(header_bytes);
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | flags;
  header->nlmsg_seq = ++batch->sequence;
  batch->used += header->nlmsg_len;
  return NLMSG_DATA(header);
}

static void grow_message(Batch *batch, size_t bytes) {
  batch->used += bytes;
  ((struct nlmsghdr *)(batch->bytes + batch->message))->nlmsg_len = batch->used - batch->message;
  if (batch->used + 1024 > sizeof batch->bytes) fail("batch too large");
}

static size_t put_attribute(Batch *batch, int type, const void *data, size_t bytes) {
  size_t at = batch->used;
  struct rtattr *attribute = (void *)(batch->bytes + at);
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(bytes);
  memset((char *)attribute + attribute->rta_len, 0, RTA_SPACE(bytes) - RTA_LENGTH(bytes));
  if (bytes) memcpy(RTA_DATA(attribute), data, bytes);
  grow_message(batch, RTA_SPACE(bytes));
  return at;
}

static void put_u32(Batch *batch, int type, uint32_t value) { put_attribute(batch, type, &value, sizeof value); }
static void put_text(Batch *batch, int type, const char *text) { put_attribute(batch, type, text, strlen(text) + 1); }
static size_t open_nest(Batch *batch, int type) { return put_attribute(batch, type, NULL, 0); }
static void close_nest(Batch *batch, size_t at) {
  ((struct rtattr *)(batch->bytes + at))->rta_len = batch->used - at;
}

static int open_netlink(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) fail("netlink socket");
  int on = 1, bytes = 4 << 20;
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  return fd;
}

static char answer[1 << 16];

static ssize_t receive(int fd, int flags) {
  for (;;) {
    ssize_t bytes = recv(fd, answer, sizeof answer, flags);
    if (bytes >= 0 || errno == EAGAIN) return bytes;
    if (errno != EINTR) fail("netlink receive");
  }
}

static void send_batch(int fd, Batch *batch) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  if (sendto(fd, batch->bytes, batch->used, 0, (void *)&kernel, sizeof kernel) < 0) fail("netlink send");
  batch->used = 0;
}

// Sends what was put together. Only the last message asks for an acknowledgement: the kernel works through them in
// order, and says by itself which one it refuses.
static void exchange(int fd, Batch *batch) {
  if (batch->used == 0) return;
  struct nlmsghdr *last = (void *)(batch->bytes + batch->message);
  last->nlmsg_flags |= NLM_F_ACK;
  uint32_t awaited = last->nlmsg_seq;
  send_batch(fd, batch);
  for (;;) {
    ssize_t bytes = receive(fd, 0);
    for (struct nlmsghdr *m = (void *)answer; NLMSG_OK(m, bytes); m = NLMSG_NEXT(m, bytes)) {
      if (m->nlmsg_type != NLMSG_ERROR) continue;
      const struct nlmsgerr *error = NLMSG_DATA(m);
      errno = -error->error;
      if (error->error) fail("the kernel refused message %u of type %u", m->nlmsg_seq, error->msg.nlmsg_type);
      if (m->nlmsg_seq == awaited) return;
    }
  }
}

typedef void (*OnMessage)(const struct nlmsghdr *message, void *context);

// Sends one dump request and hands every message of the answer to on_message.
static void dump(int fd, Batch *request, OnMessage on_message, void *context) {
  send_batch(fd, request);
  for (;;) {
    ssize_t bytes = receive(fd, 0);
    for (struct nlmsghdr *m = (void *)answer; NLMSG_OK(m, bytes); m = NLMSG_NEXT(m, bytes)) {
      if (m->nlmsg_type == NLMSG_DONE) return;
      if (m->nlmsg_type == NLMSG_ERROR) {
        errno = -((const struct nlmsgerr *)NLMSG_DATA(m))->error;
        fail("the kernel refused a dump");
      }
      on_message(m, context);
    }
  }
}

// The attribute of a type among attributes, or NULL.
static struct rtattr *find_attribute(struct rtattr *first, int bytes, int type) {
  for (struct rtattr *a = first; RTA_OK(a, bytes); a = RTA_NEXT(a, bytes))
    if ((a->rta_type & NLA_TYPE_MASK) == type) return a;
  return NULL;
}
