// Who is at the other end of a Unix socket, and whether that process is still there.
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addon.h"
#include "environment.h"

// include/uapi/asm-generic/socket.h, Linux 6.5; older headers lack it.
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace memfsd {
namespace {

// peerPidfd(fd): -1 where the kernel knows no such option.
napi_value PeerPidfd(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  int32_t fd;
  if (!GetInt(env, argument, &fd)) return nullptr;
  int pidfd = -1;
  socklen_t length = sizeof(pidfd);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) == 0) return Int(env, pidfd);
  if (errno == ENOPROTOOPT) return Int(env, -1);
  ThrowErrno(env, "getsockopt SO_PEERPIDFD", errno);
  return nullptr;
}

// hasEnded(pidfd): a pidfd becomes readable when its process has ended, before it is waited for.
napi_value HasEnded(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  int32_t fd;
  if (!GetInt(env, argument, &fd)) return nullptr;
  struct pollfd watched = {fd, POLLIN, 0};
  int ready;
  do {
    ready = poll(&watched, 1, 0);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0 || (watched.revents & POLLNVAL) != 0) {
    ThrowErrno(env, "poll", ready < 0 ? errno : EBADF);
    return nullptr;
  }
  napi_value ended;
  napi_get_boolean(env, ready > 0, &ended);
  return ended;
}

}  // namespace

void RegisterPeers(napi_env env, napi_value exports) {
  SetMethod(env, exports, "peerPidfd", PeerPidfd);
  SetMethod(env, exports, "hasEnded", HasEnded);
}

}  // namespace memfsd
