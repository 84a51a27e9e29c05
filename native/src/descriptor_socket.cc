// DescriptorSocket: messages with descriptors (SCM_RIGHTS) over one end of an AF_UNIX SOCK_SEQPACKET pair.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <vector>

#include "addon.h"
#include "environment.h"
#include "poll_watch.h"

namespace memfsd {
namespace {

constexpr size_t kMaxMessage = 64 * 1024;
// SCM_MAX_FD of the kernel.
constexpr size_t kMaxDescriptors = 253;
constexpr int kBurst = 64;

union Control {
  char bytes[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  struct cmsghdr align;
};

struct Outgoing {
  std::string bytes;
  std::vector<int> fds;
};

int SendMessage(int fd, const void* data, size_t length, const int* fds, size_t count) {
  struct iovec vector = {const_cast<void*>(data), length};
  Control control;
  struct msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (count > 0) {
    memset(&control, 0, sizeof(control));
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
  }
  while (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

class DescriptorSocket final : public PollListener {
 public:
  static napi_value New(napi_env env, napi_callback_info info);
  static napi_value Send(napi_env env, napi_callback_info info);
  static napi_value Close(napi_env env, napi_callback_info info);

  void OnPoll(int status, int events) override;
  void OnTeardown() override { Release(); }

 private:
  static void Finalize(napi_env env, void* data, void*);
  static DescriptorSocket* Unwrap(napi_env env, napi_callback_info info, size_t* count, napi_value* arguments);
  bool ReceiveOne();
  int Flush();
  void End(int error);
  void CloseAll();
  void Release();

  napi_env env_ = nullptr;
  napi_ref self_ = nullptr;
  napi_ref on_message_ = nullptr;
  napi_ref on_end_ = nullptr;
  PollWatch* watch_ = nullptr;
  int fd_ = -1;
  std::deque<Outgoing> waiting_;
  std::vector<uint8_t> buffer_;
};

DescriptorSocket* DescriptorSocket::Unwrap(napi_env env, napi_callback_info info, size_t* count,
                                           napi_value* arguments) {
  napi_value self;
  void* data = nullptr;
  napi_get_cb_info(env, info, count, arguments, &self, nullptr);
  if (napi_unwrap(env, self, &data) != napi_ok) ThrowTypeError(env, "not a DescriptorSocket");
  return static_cast<DescriptorSocket*>(data);
}

// new DescriptorSocket(fd, onMessage, onEnd)
napi_value DescriptorSocket::New(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3], self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  int32_t fd;
  if (!GetInt(env, arguments[0], &fd)) return nullptr;
  auto* socket = new DescriptorSocket();
  int error = 0;
  socket->env_ = env;
  socket->watch_ = PollWatch::Open(env, fd, socket, &error);
  if (socket->watch_ != nullptr) error = socket->watch_->Start(UV_READABLE);
  if (error != 0) {
    if (socket->watch_ != nullptr) socket->watch_->Close();
    delete socket;
    ThrowErrno(env, "uv_poll_start", -error);
    return nullptr;
  }
  socket->fd_ = fd;
  socket->buffer_.resize(kMaxMessage);
  napi_wrap(env, self, socket, Finalize, nullptr, &socket->self_);
  napi_reference_ref(env, socket->self_, nullptr);
  napi_create_reference(env, arguments[1], 1, &socket->on_message_);
  napi_create_reference(env, arguments[2], 1, &socket->on_end_);
  return self;
}

void DescriptorSocket::Finalize(napi_env env, void* data, void*) {
  auto* socket = static_cast<DescriptorSocket*>(data);
  if (socket->watch_ != nullptr) socket->watch_->Close();
  socket->Release();
  napi_delete_reference(env, socket->self_);
  napi_delete_reference(env, socket->on_message_);
  napi_delete_reference(env, socket->on_end_);
  delete socket;
}

void DescriptorSocket::Release() {
  watch_ = nullptr;
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  for (const Outgoing& message : waiting_) {
    for (int fd : message.fds) close(fd);
  }
  waiting_.clear();
}

void DescriptorSocket::CloseAll() {
  if (watch_ == nullptr) return;
  watch_->Close();
  Release();
  napi_reference_unref(env_, self_, nullptr);
}

// 0 when everything that waited is sent or has to wait on.
int DescriptorSocket::Flush() {
  while (!waiting_.empty()) {
    const Outgoing& message = waiting_.front();
    int error = SendMessage(fd_, message.bytes.data(), message.bytes.size(), message.fds.data(), message.fds.size());
    if (error == EAGAIN) return 0;
    if (error != 0) return error;
    for (int fd : message.fds) close(fd);
    waiting_.pop_front();
  }
  return watch_->Start(UV_READABLE) == 0 ? 0 : EIO;
}

void DescriptorSocket::OnPoll(int, int events) {
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  // A listener may close this object; the handle keeps it until the end of the scope.
  Deref(env_, self_);
  if ((events & UV_WRITABLE) != 0) {
    int error = Flush();
    if (error != 0) End(error);
  }
  for (int i = 0; i < kBurst && fd_ >= 0 && ReceiveOne(); i++) continue;
  napi_close_handle_scope(env_, scope);
}

bool DescriptorSocket::ReceiveOne() {
  Control control;
  struct iovec vector = {buffer_.data(), buffer_.size()};
  struct msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  ssize_t length = recvmsg(fd_, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (length < 0) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN) End(errno);
    return false;
  }
  if (length == 0) {
    End(0);
    return false;
  }
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  napi_value values[2];
  napi_create_buffer_copy(env_, static_cast<size_t>(length), buffer_.data(), nullptr, &values[0]);
  napi_create_array(env_, &values[1]);
  uint32_t index = 0;
  for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      napi_set_element(env_, values[1], index++, Int(env_, fd));
    }
  }
  Call(env_, self_, on_message_, 2, values);
  napi_close_handle_scope(env_, scope);
  return fd_ >= 0;
}

void DescriptorSocket::End(int error) {
  if (watch_ == nullptr) return;
  napi_value argument = Int(env_, error);
  napi_value self = Deref(env_, self_), on_end = Deref(env_, on_end_);
  CloseAll();
  napi_value result;
  if (napi_make_callback(env_, nullptr, self, on_end, 1, &argument, &result) == napi_pending_exception) {
    napi_value exception;
    napi_get_and_clear_last_exception(env_, &exception);
    napi_fatal_exception(env_, exception);
  }
}

// send(bytes, fds)
napi_value DescriptorSocket::Send(napi_env env, napi_callback_info info) {
  size_t count = 2, length;
  napi_value arguments[2];
  DescriptorSocket* socket = Unwrap(env, info, &count, arguments);
  uint8_t* data;
  uint32_t descriptors = 0;
  if (socket == nullptr || !GetBytes(env, arguments[0], &data, &length)) return nullptr;
  if (napi_get_array_length(env, arguments[1], &descriptors) != napi_ok) descriptors = 0;
  if (socket->fd_ < 0) {
    ThrowErrno(env, "sendmsg", EBADF);
    return nullptr;
  }
  if (length == 0 || length > kMaxMessage || descriptors > kMaxDescriptors) {
    ThrowErrno(env, "sendmsg", EMSGSIZE);
    return nullptr;
  }
  std::vector<int> fds(descriptors);
  for (uint32_t i = 0; i < descriptors; i++) {
    napi_value element;
    napi_get_element(env, arguments[1], i, &element);
    if (!GetInt(env, element, &fds[i])) return nullptr;
  }
  int error = EAGAIN;
  if (socket->waiting_.empty()) error = SendMessage(socket->fd_, data, length, fds.data(), fds.size());
  if (error == EAGAIN) {
    // The caller may close its descriptors now, so the waiting message holds duplicates.
    for (int& fd : fds) fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    socket->waiting_.push_back({std::string(reinterpret_cast<char*>(data), length), std::move(fds)});
    error = socket->watch_->Start(UV_READABLE | UV_WRITABLE) == 0 ? 0 : EIO;
  }
  if (error != 0) ThrowErrno(env, "sendmsg", error);
  return nullptr;
}

napi_value DescriptorSocket::Close(napi_env env, napi_callback_info info) {
  size_t count = 0;
  DescriptorSocket* socket = Unwrap(env, info, &count, nullptr);
  if (socket != nullptr) socket->CloseAll();
  return nullptr;
}

}  // namespace

void RegisterDescriptorSocket(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      {"send", nullptr, DescriptorSocket::Send, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"close", nullptr, DescriptorSocket::Close, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_value constructor;
  napi_define_class(env, "DescriptorSocket", NAPI_AUTO_LENGTH, DescriptorSocket::New, nullptr, 2, methods,
                    &constructor);
  napi_set_named_property(env, exports, "DescriptorSocket", constructor);
}

}  // namespace memfsd
