// Named network namespaces as `ip netns` makes them: a file in /run/netns over which the namespace is mounted.
#define NAMESPACE_DIR "/run/netns"

typedef struct {
  char path[300];
} NamespacePath;

static NamespacePath namespace_path(int number) {
  NamespacePath path;
  snprintf(path.path, sizeof path.path, NAMESPACE_DIR "/%s%d", options.prefix, number);
  return path;
}

// The folder is made a shared mount of its own, as `ip netns add` does, so that other mount namespaces see the names.
static void prepare_namespace_dir(void) {
  mkdir(NAMESPACE_DIR, 0755);
  if (mount("", NAMESPACE_DIR, "none", MS_SHARED | MS_REC, NULL) == 0) return;
  if (mount(NAMESPACE_DIR, NAMESPACE_DIR, "none", MS_BIND | MS_REC, NULL)) fail("bind " NAMESPACE_DIR);
  if (mount("", NAMESPACE_DIR, "none", MS_SHARED | MS_REC, NULL)) fail("share " NAMESPACE_DIR);
}

static int open_own_namespace(void) {
  int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("open own namespace");
  return fd;
}

static void enter(int fd) {
  if (setns(fd, CLONE_NEWNET)) fail("setns");
}

// A descriptor on a new namespace without a name; this process is inside it then.
static int enter_new_namespace(void) {
  if (unshare(CLONE_NEWNET)) fail("unshare");
  return open_own_namespace();
}

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return;  // this kernel has no IPv6
  if (fd < 0 || write(fd, text, strlen(text)) < 0) fail("write %s", path);
  close(fd);
}

static int enter_new_named_namespace(int number) {
  NamespacePath path = namespace_path(number);
  int name = open(path.path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
  if (name < 0) fail("create %s", path.path);
  close(name);
  int fd = enter_new_namespace();
  if (mount("/proc/thread-self/ns/net", path.path, "none", MS_BIND, NULL)) fail("mount %s", path.path);
  if (!options.v6) {
    write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
  }
  return fd;
}

static int open_namespace(int number) {
  NamespacePath path = namespace_path(number);
  int fd = open(path.path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("open %s", path.path);
  return fd;
}

static void remove_name(int number) {
  NamespacePath path = namespace_path(number);
  if (umount2(path.path, MNT_DETACH)) fail("unmount %s", path.path);
  if (unlink(path.path)) fail("unlink %s", path.path);
}
