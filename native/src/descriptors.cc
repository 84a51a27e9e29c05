// Single system calls: nothing here keeps state.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "addon.h"
#include "environment.h"

namespace memfsd {
namespace {

napi_value OpenDevice(napi_env env, napi_callback_info) {
  int fd = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0) return Int(env, fd);
  ThrowErrno(env, "open /dev/fuse", errno);
  return nullptr;
}

napi_value CloseDescriptor(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  int32_t fd;
  if (!GetInt(env, argument, &fd)) return nullptr;
  if (close(fd) != 0) ThrowErrno(env, "close", errno);
  return nullptr;
}

// mount(source, target, type, flags, data)
napi_value Mount(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value arguments[5];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  std::string source, target, type, data;
  int32_t flags;
  if (!GetString(env, arguments[0], &source) || !GetString(env, arguments[1], &target) ||
      !GetString(env, arguments[2], &type) || !GetInt(env, arguments[3], &flags) ||
      !GetString(env, arguments[4], &data)) {
    return nullptr;
  }
  if (mount(source.c_str(), target.c_str(), type.c_str(), static_cast<unsigned long>(flags), data.c_str()) != 0) {
    ThrowErrno(env, "mount", errno);
  }
  return nullptr;
}

// unmount(target, flags)
napi_value Unmount(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  std::string target;
  int32_t flags;
  if (!GetString(env, arguments[0], &target) || !GetInt(env, arguments[1], &flags)) return nullptr;
  if (umount2(target.c_str(), flags) != 0) ThrowErrno(env, "umount2", errno);
  return nullptr;
}

bool IsLink(int directory, const char* name) {
  struct stat facts;
  return fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(facts.st_mode);
}

// The directory at an absolute path, by its components: openat2(2) would do it in one call, but needs Linux 5.6 and is
// forbidden in some containers. Returns a descriptor or -errno.
int OpenWithoutLinks(const std::string& path) {
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  if (path.empty() || path[0] != '/') return -EINVAL;
  int directory = open("/", kFlags);
  size_t begin = 0;
  while (directory >= 0 && (begin = path.find_first_not_of('/', begin)) != std::string::npos) {
    size_t end = std::min(path.find('/', begin), path.size());
    std::string name = path.substr(begin, end - begin);
    begin = end;
    if (name == ".") continue;
    int next = name == ".." ? -1 : openat(directory, name.c_str(), kFlags);
    int error = name == ".." ? EINVAL : errno;
    if (next < 0 && error == ENOTDIR && IsLink(directory, name.c_str())) error = ELOOP;
    close(directory);
    if (next < 0) return -error;
    directory = next;
  }
  return directory >= 0 ? directory : -errno;
}

// openDirectory(path)
napi_value OpenDirectory(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  std::string path;
  if (!GetString(env, argument, &path)) return nullptr;
  int fd = OpenWithoutLinks(path);
  if (fd >= 0) return Int(env, fd);
  ThrowErrno(env, "open", -fd);
  return nullptr;
}

// Numbers of linux/mount.h and asm-generic/unistd.h: glibc has had the calls since 2.36 only.
constexpr long kFsopen = 430, kFsconfig = 431, kFsmount = 432;
constexpr unsigned kCloexec = 1, kCommandCreate = 6;

napi_value OpenConnections(napi_env env, napi_callback_info) {
  int context = static_cast<int>(syscall(kFsopen, "fusectl", kCloexec));
  if (context < 0) {
    ThrowErrno(env, "fsopen", errno);
    return nullptr;
  }
  int fd = -1;
  if (syscall(kFsconfig, context, kCommandCreate, nullptr, nullptr, 0) == 0) {
    fd = static_cast<int>(syscall(kFsmount, context, kCloexec, 0));
  }
  int error = errno;
  close(context);
  if (fd >= 0) return Int(env, fd);
  ThrowErrno(env, "fsmount", error);
  return nullptr;
}

napi_value SocketPair(napi_env env, napi_callback_info) {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    ThrowErrno(env, "socketpair", errno);
    return nullptr;
  }
  napi_value pair;
  napi_create_array_with_length(env, 2, &pair);
  napi_set_element(env, pair, 0, Int(env, fds[0]));
  napi_set_element(env, pair, 1, Int(env, fds[1]));
  return pair;
}

napi_value PeerCredentials(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  int32_t fd;
  if (!GetInt(env, argument, &fd)) return nullptr;
  struct ucred credentials;
  socklen_t length = sizeof(credentials);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    ThrowErrno(env, "getsockopt SO_PEERCRED", errno);
    return nullptr;
  }
  napi_value result, uid, gid;
  napi_create_object(env, &result);
  napi_create_uint32(env, credentials.uid, &uid);
  napi_create_uint32(env, credentials.gid, &gid);
  napi_set_named_property(env, result, "pid", Int(env, credentials.pid));
  napi_set_named_property(env, result, "uid", uid);
  napi_set_named_property(env, result, "gid", gid);
  return result;
}

// An open file description lock on the whole file. It belongs to what `fd` names, not to the process: it goes with
// the last descriptor of it, and to whoever is passed one.
napi_value FileLock(napi_env env, napi_callback_info info, int command) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  int32_t fd;
  if (!GetInt(env, argument, &fd)) return nullptr;
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  bool failed = fcntl(fd, command, &lock) != 0;
  if (failed && (command != F_OFD_SETLK || (errno != EAGAIN && errno != EACCES))) {
    ThrowErrno(env, "fcntl", errno);
    return nullptr;
  }
  napi_value result;
  napi_get_boolean(env, command == F_OFD_SETLK ? !failed : lock.l_type != F_UNLCK, &result);
  return result;
}

napi_value LockFile(napi_env env, napi_callback_info info) { return FileLock(env, info, F_OFD_SETLK); }

napi_value IsLockedElsewhere(napi_env env, napi_callback_info info) { return FileLock(env, info, F_OFD_GETLK); }

// listenAt(path): the mode of the descriptor, less the umask, becomes that of the file (unix_bind of the kernel).
napi_value ListenAt(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  std::string path;
  if (!GetString(env, argument, &path)) return nullptr;
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    ThrowErrno(env, "bind", ENAMETOOLONG);
    return nullptr;
  }
  memcpy(address.sun_path, path.data(), path.size());
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const char* call = "socket";
  bool done = fd >= 0;
  if (done) {
    call = "fchmod";
    done = fchmod(fd, 0600) == 0;
  }
  if (done) {
    call = "bind";
    done = bind(fd, reinterpret_cast<struct sockaddr*>(&address), sizeof(address)) == 0;
  }
  if (done) {
    call = "listen";
    done = listen(fd, SOMAXCONN) == 0;
  }
  if (done) return Int(env, fd);
  int error = errno;
  if (fd >= 0) close(fd);
  ThrowErrno(env, call, error);
  return nullptr;
}

// prepareDescriptor(fd): O_NONBLOCK and FD_CLOEXEC, for a descriptor that another program opened.
napi_value PrepareDescriptor(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  int32_t fd;
  if (!GetInt(env, argument, &fd)) return nullptr;
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    ThrowErrno(env, "fcntl", errno);
  }
  return nullptr;
}

// XATTR_SIZE_MAX of linux/limits.h.
constexpr size_t kAttributeMax = 65536;

// getAttribute(path, name)
napi_value GetAttribute(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  std::string path, name;
  if (!GetString(env, arguments[0], &path) || !GetString(env, arguments[1], &name)) return nullptr;
  std::vector<char> value(kAttributeMax);
  ssize_t size = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
  napi_value result = nullptr;
  if (size < 0) {
    ThrowErrno(env, "lgetxattr", errno);
  } else {
    napi_create_buffer_copy(env, static_cast<size_t>(size), value.data(), nullptr, &result);
  }
  return result;
}

}  // namespace

void RegisterDescriptors(napi_env env, napi_value exports) {
  SetMethod(env, exports, "openDevice", OpenDevice);
  SetMethod(env, exports, "closeDescriptor", CloseDescriptor);
  SetMethod(env, exports, "prepareDescriptor", PrepareDescriptor);
  SetMethod(env, exports, "mount", Mount);
  SetMethod(env, exports, "unmount", Unmount);
  SetMethod(env, exports, "openDirectory", OpenDirectory);
  SetMethod(env, exports, "openConnections", OpenConnections);
  SetMethod(env, exports, "socketpair", SocketPair);
  SetMethod(env, exports, "peerCredentials", PeerCredentials);
  SetMethod(env, exports, "lockFile", LockFile);
  SetMethod(env, exports, "isLockedElsewhere", IsLockedElsewhere);
  SetMethod(env, exports, "listenAt", ListenAt);
  SetMethod(env, exports, "getAttribute", GetAttribute);
}

}  // namespace memfsd
