// What COMMAND loses before it begins. Bubblewrap has made the namespaces; here go the rights to change them.

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "filter.h"
#include "starter.h"

namespace {

struct Mount {
  std::string path;
  std::string type;
};

// proc_pid_mountinfo(5) writes space, tab, newline and backslash as three octal digits.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> parts(1);
  for (const char letter : line) {
    if (letter == ' ') parts.emplace_back();
    else parts.back() += letter;
  }
  return parts;
}

std::string readAll(const char* path) {
  std::string text;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  char part[65536];
  for (ssize_t size = 0; (size = read(file, part, sizeof part)) > 0;) text.append(part, static_cast<size_t>(size));
  close(file);
  return text;
}

std::vector<Mount> mounts() {
  std::vector<Mount> all;
  const std::string text = readAll("/proc/self/mountinfo");
  for (size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    const std::vector<std::string> fields = words(text.substr(start, end - start));
    const auto separator = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() > 5 && fields.end() - separator > 1) all.push_back({unescaped(fields[4]), separator[1]});
  }
  return all;
}

bool isOurs(const Order& order, const std::string& path) {
  return std::find(order.memory.begin(), order.memory.end(), path) != order.memory.end();
}

// Mounts of memory that came along with a directory, or were made below it since, belong to others.
void coverForeignMemory(const Order& order) {
  // Bubblewrap's mounts belong to a user namespace around this one, unless it is root's. No change outside arrives here
  // any more: it makes all mounts slaves of the host's.
  if (unshare(CLONE_NEWNS) != 0) fail(order, "mounts", errno);
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail(order, "private", errno);
  std::vector<std::string> foreign;
  const std::vector<Mount> all = mounts();
  if (all.empty()) fail(order, "mountinfo", ENOENT);
  for (const Mount& each : all)
    if (each.type == "fuse.memfsd" && !isOurs(order, each.path)) foreign.push_back(each.path);
  for (const std::string& path : foreign)
    if (mount("tmpfs", path.c_str(), "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "mode=0555,size=4k") != 0 &&
        // It lies below one that is covered already.
        errno != ENOENT)
      fail(order, "cover", errno);
}

// root without capabilities is still the owner of root's files, /proc/sys among them.
void protectProc(const Order& order) {
  for (const char* path : {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/scsi",
                           "/proc/acpi", "/proc/mtrr"}) {
    struct stat facts;
    if (stat(path, &facts) != 0) continue;
    if (mount(path, path, nullptr, MS_BIND, nullptr) != 0 ||
        mount(nullptr, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
      fail(order, "proc", errno);
  }
  for (const char* path : {"/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/timer_list", "/proc/kmsg",
                           "/proc/kallsyms", "/proc/kpagecount", "/proc/kpageflags", "/proc/kpagecgroup"}) {
    struct stat facts;
    if (stat(path, &facts) != 0) continue;
    if (mount("/dev/null", path, nullptr, MS_BIND, nullptr) != 0) fail(order, "proc", errno);
  }
}

void dropCapabilities(const Order& order) {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int each = 0; prctl(PR_CAPBSET_READ, each, 0, 0, 0) >= 0; each++)
    if (prctl(PR_CAPBSET_DROP, each, 0, 0, 0) != 0) fail(order, "capabilities", errno);
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  if (syscall(SYS_capset, &header, none) != 0) fail(order, "capabilities", errno);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(order, "no_new_privs", errno);
}

// include/uapi/linux/landlock.h of Linux 6.12; older headers lack it.
struct RulesetAttributes {
  uint64_t filesystem;
  uint64_t network;
  uint64_t scoped;
};
struct __attribute__((packed)) PathRule {
  uint64_t allowed;
  int32_t descriptor;
};
constexpr int createRuleset = 444;
constexpr int addRule = 445;
constexpr int restrictSelf = 446;
constexpr int pathBeneath = 1;
constexpr uint64_t writeFile = 1ULL << 1;
constexpr uint64_t readFile = 1ULL << 2;
constexpr uint64_t readDirectory = 1ULL << 3;
constexpr uint64_t refer = 1ULL << 13;
constexpr uint64_t truncateFile = 1ULL << 14;
constexpr uint64_t scopeAbstractSockets = 1;
constexpr uint64_t scopeSignals = 2;
constexpr int firstWithTruncate = 3;
constexpr int firstWithScopes = 6;

bool isRegular(int descriptor) {
  struct stat facts;
  return fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
}

// What opening a standard descriptor again, through /proc/self/fd, may give: no more than it gives itself. A file that is
// appended to could be written over.
uint64_t allowedAgain(int descriptor) {
  if (!isRegular(descriptor)) return readFile | writeFile | truncateFile;
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return 0;
  const int mode = flags & O_ACCMODE;
  uint64_t allowed = 0;
  if (mode != O_WRONLY) allowed |= readFile;
  if (mode != O_RDONLY && (flags & O_APPEND) == 0) allowed |= writeFile | truncateFile;
  return allowed;
}

// What is seen inside lies beneath the root; what a descriptor leads to outside does not.
void restrictFiles(const Order& order, int ruleset, uint64_t rights) {
  const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const PathRule inside = {rights, root};
  if (root < 0 || syscall(addRule, ruleset, pathBeneath, &inside, 0) != 0) fail(order, "landlock", errno);
  close(root);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const PathRule again = {allowedAgain(descriptor), descriptor};
    // Pipes and sockets without a name need no rule, and can have none.
    if (again.allowed != 0 && syscall(addRule, ruleset, pathBeneath, &again, 0) != 0 && isRegular(descriptor))
      fail(order, "landlock", errno);
  }
}

// The abstract sockets of the host are in the network namespace, which agents share. Where the kernel cannot refuse
// them, `memfsd doctor` says so.
void restrictByLandlock(const Order& order) {
  const long version = syscall(createRuleset, nullptr, 0, 1);
  if (version < firstWithTruncate) {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      if (isRegular(descriptor)) fail(order, "landlock", ENOSYS);
    return;
  }
  const uint64_t rights = readFile | writeFile | readDirectory | refer | truncateFile;
  const uint64_t scopes = version < firstWithScopes ? 0 : scopeAbstractSockets | scopeSignals;
  const RulesetAttributes attributes = {rights, 0, scopes};
  const int ruleset = static_cast<int>(syscall(createRuleset, &attributes, sizeof attributes, 0));
  if (ruleset < 0) fail(order, "landlock", errno);
  restrictFiles(order, ruleset, rights);
  if (syscall(restrictSelf, ruleset, 0) != 0) fail(order, "landlock", errno);
  close(ruleset);
}

// Descriptors of the caller could name what lies outside.
void closeInherited(const Order& order) {
  const unsigned control = static_cast<unsigned>(order.control);
  if (control > 3 && syscall(SYS_close_range, 3U, control - 1, 0U) != 0) fail(order, "descriptors", errno);
  if (syscall(SYS_close_range, control + 1, ~0U, 0U) != 0) fail(order, "descriptors", errno);
}

}  // namespace

void buildWall(const Order& order) {
  closeInherited(order);
  coverForeignMemory(order);
  protectProc(order);
  restrictByLandlock(order);
  dropCapabilities(order);
  const int error = installFilter();
  if (error != 0) fail(order, "seccomp", error);
}
