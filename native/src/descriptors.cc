// Single system calls: nothing here keeps state.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

// unmount(target, detach, force)
napi_value Unmount(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  std::string target;
  bool detach = false, force = false;
  if (!GetString(env, arguments[0], &target)) return nullptr;
  napi_get_value_bool(env, arguments[1], &detach);
  napi_get_value_bool(env, arguments[2], &force);
  int flags = UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0) | (force ? MNT_FORCE : 0);
  if (umount2(target.c_str(), flags) != 0) ThrowErrno(env, "umount2", errno);
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

}  // namespace

void RegisterDescriptors(napi_env env, napi_value exports) {
  SetMethod(env, exports, "openDevice", OpenDevice);
  SetMethod(env, exports, "closeDescriptor", CloseDescriptor);
  SetMethod(env, exports, "prepareDescriptor", PrepareDescriptor);
  SetMethod(env, exports, "mount", Mount);
  SetMethod(env, exports, "unmount", Unmount);
  SetMethod(env, exports, "socketpair", SocketPair);
  SetMethod(env, exports, "peerCredentials", PeerCredentials);
  SetMethod(env, exports, "lockFile", LockFile);
  SetMethod(env, exports, "isLockedElsewhere", IsLockedElsewhere);
  SetMethod(env, exports, "listenAt", ListenAt);
}

}  // namespace memfsd
