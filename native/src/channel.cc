// Channel: requests in through one buffer, replies out through another, on the loop's own thread.
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "addon.h"
#include "environment.h"
#include "patience.h"
#include "poll_watch.h"

namespace memfsd {
namespace {

// One burst of requests, then the loop's timers and other descriptors have their turn.
constexpr int kBurst = 64;
// Header and pieces of one reply; the pieces of longer ones are the caller's to join.
constexpr uint32_t kMaxPieces = 1024;

class Channel final : public PollListener {
 public:
  static napi_value New(napi_env env, napi_callback_info info);
  static napi_value Resume(napi_env env, napi_callback_info info);
  static napi_value Pause(napi_env env, napi_callback_info info);
  static napi_value Close(napi_env env, napi_callback_info info);
  static napi_value Reply(napi_env env, napi_callback_info info);
  static napi_value ReplyWith(napi_env env, napi_callback_info info);
  static napi_value Send(napi_env env, napi_callback_info info);

  void OnPoll(int status, int events) override;
  void OnTeardown() override { CloseDescriptor(); }

 private:
  static void Finalize(napi_env env, void* data, void*);
  static Channel* Unwrap(napi_env env, napi_callback_info info, size_t* count, napi_value* arguments);

  void ReadBurst(napi_value receiver);
  ssize_t ReadPatiently();
  void End(int error);
  void CloseDescriptor();
  void CloseAll();
  int Write(const void* data, size_t length) const;

  napi_env env_ = nullptr;
  napi_async_context context_ = nullptr;
  napi_ref self_ = nullptr;
  napi_ref on_request_ = nullptr;
  napi_ref on_end_ = nullptr;
  napi_ref buffers_[2] = {nullptr, nullptr};
  PollWatch* watch_ = nullptr;
  int fd_ = -1;
  bool running_ = false;
  // The buffers are kept alive by the references above and are never detached (index.d.ts says so), hence
  // their addresses hold for the channel's life.
  uint8_t* in_ = nullptr;
  size_t in_size_ = 0;
  uint8_t* out_ = nullptr;
  size_t out_size_ = 0;
};

Channel* Channel::Unwrap(napi_env env, napi_callback_info info, size_t* count, napi_value* arguments) {
  napi_value self;
  void* data = nullptr;
  napi_get_cb_info(env, info, count, arguments, &self, nullptr);
  if (napi_unwrap(env, self, &data) != napi_ok) ThrowTypeError(env, "not a Channel");
  return static_cast<Channel*>(data);
}

// new Channel(fd, requestBuffer, replyBuffer, onRequest, onEnd)
napi_value Channel::New(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value arguments[5], self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  auto* channel = new Channel();
  channel->env_ = env;
  int32_t fd;
  if (!GetInt(env, arguments[0], &fd) || !GetBytes(env, arguments[1], &channel->in_, &channel->in_size_) ||
      !GetBytes(env, arguments[2], &channel->out_, &channel->out_size_)) {
    delete channel;
    return nullptr;
  }
  int error = 0;
  channel->watch_ = PollWatch::Open(env, fd, channel, &error);
  if (channel->watch_ == nullptr) {
    delete channel;
    ThrowErrno(env, "uv_poll_init", -error);
    return nullptr;
  }
  channel->fd_ = fd;
  napi_value name;
  napi_create_string_utf8(env, "memfsd.Channel", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, nullptr, name, &channel->context_);
  napi_wrap(env, self, channel, Finalize, nullptr, &channel->self_);
  // An open channel stays, even when only the loop knows of it.
  napi_reference_ref(env, channel->self_, nullptr);
  napi_create_reference(env, arguments[1], 1, &channel->buffers_[0]);
  napi_create_reference(env, arguments[2], 1, &channel->buffers_[1]);
  napi_create_reference(env, arguments[3], 1, &channel->on_request_);
  napi_create_reference(env, arguments[4], 1, &channel->on_end_);
  return self;
}

void Channel::Finalize(napi_env env, void* data, void*) {
  auto* channel = static_cast<Channel*>(data);
  if (channel->watch_ != nullptr) channel->watch_->Close();
  channel->CloseDescriptor();
  for (napi_ref reference : {channel->self_, channel->buffers_[0], channel->buffers_[1], channel->on_request_,
                             channel->on_end_}) {
    if (reference != nullptr) napi_delete_reference(env, reference);
  }
  if (channel->context_ != nullptr) napi_async_destroy(env, channel->context_);
  delete channel;
}

void Channel::CloseDescriptor() {
  watch_ = nullptr;
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  running_ = false;
}

void Channel::CloseAll() {
  if (watch_ == nullptr) return;
  watch_->Close();
  CloseDescriptor();
  napi_reference_unref(env_, self_, nullptr);
}

void Channel::OnPoll(int, int) {
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  napi_value receiver = Deref(env_, self_);
  // One callback scope for the burst: promise jobs run after it, not after each request.
  napi_callback_scope callbacks;
  napi_open_callback_scope(env_, receiver, context_, &callbacks);
  Patience::OfThisThread().Woken(this);
  ReadBurst(receiver);
  napi_close_callback_scope(env_, callbacks);
  napi_close_handle_scope(env_, scope);
}

// Reads until there is a request or the patience for one ends; as read(2) otherwise.
ssize_t Channel::ReadPatiently() {
  Patience& patience = Patience::OfThisThread();
  int64_t granted = patience.Grant();
  int64_t end = granted == 0 ? 0 : Patience::Now() + granted;
  while (Patience::Now() < end) {
    ssize_t length = read(fd_, in_, in_size_);
    if (length < 0 && errno == EAGAIN) continue;
    patience.Won();
    return length;
  }
  patience.Slept(granted != 0);
  errno = EAGAIN;
  return -1;
}

void Channel::ReadBurst(napi_value receiver) {
  napi_value on_request = Deref(env_, on_request_);
  bool may_wait = false;
  for (int i = 0; i < kBurst && running_; i++) {
    ssize_t length = read(fd_, in_, in_size_);
    if (length < 0 && errno == EAGAIN && may_wait) length = ReadPatiently();
    if (length < 0) {
      // ENOENT: the request was interrupted and taken back before it could be read.
      if (errno == EINTR || errno == ENOENT) continue;
      if (errno == EAGAIN) return;
      return End(errno);
    }
    napi_handle_scope scope;
    napi_open_handle_scope(env_, &scope);
    napi_value argument = Int(env_, static_cast<int32_t>(length)), result;
    napi_status status = napi_call_function(env_, receiver, on_request, 1, &argument, &result);
    if (status == napi_pending_exception) {
      napi_value exception;
      napi_get_and_clear_last_exception(env_, &exception);
      napi_fatal_exception(env_, exception);
    }
    if (status != napi_ok || napi_get_value_bool(env_, result, &may_wait) != napi_ok) may_wait = false;
    napi_close_handle_scope(env_, scope);
  }
}

void Channel::End(int error) {
  running_ = false;
  watch_->Stop();
  napi_value argument = Int(env_, error), result;
  napi_status status = napi_call_function(env_, Deref(env_, self_), Deref(env_, on_end_), 1, &argument, &result);
  if (status == napi_pending_exception) {
    napi_value exception;
    napi_get_and_clear_last_exception(env_, &exception);
    napi_fatal_exception(env_, exception);
  }
}

napi_value Channel::Resume(napi_env env, napi_callback_info info) {
  size_t count = 0;
  Channel* channel = Unwrap(env, info, &count, nullptr);
  if (channel == nullptr || channel->watch_ == nullptr) return nullptr;
  int error = channel->watch_->Start(UV_READABLE);
  if (error != 0) ThrowErrno(env, "uv_poll_start", -error);
  channel->running_ = error == 0;
  return nullptr;
}

napi_value Channel::Pause(napi_env env, napi_callback_info info) {
  size_t count = 0;
  Channel* channel = Unwrap(env, info, &count, nullptr);
  if (channel == nullptr || channel->watch_ == nullptr) return nullptr;
  channel->watch_->Stop();
  channel->running_ = false;
  return nullptr;
}

napi_value Channel::Close(napi_env env, napi_callback_info info) {
  size_t count = 0;
  Channel* channel = Unwrap(env, info, &count, nullptr);
  if (channel != nullptr) channel->CloseAll();
  return nullptr;
}

int Channel::Write(const void* data, size_t length) const {
  if (fd_ < 0) return EBADF;
  while (write(fd_, data, length) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

// reply(length): the first bytes of the reply buffer.
napi_value Channel::Reply(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  Channel* channel = Unwrap(env, info, &count, &argument);
  int32_t length;
  if (channel == nullptr || !GetInt(env, argument, &length)) return nullptr;
  if (length < 0 || static_cast<size_t>(length) > channel->out_size_) return Int(env, EINVAL);
  return Int(env, channel->Write(channel->out_, static_cast<size_t>(length)));
}

// replyWith(length, pieces): the first bytes of the reply buffer, then the pieces.
napi_value Channel::ReplyWith(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  Channel* channel = Unwrap(env, info, &count, arguments);
  int32_t length;
  uint32_t pieces = 0;
  if (channel == nullptr || !GetInt(env, arguments[0], &length)) return nullptr;
  if (napi_get_array_length(env, arguments[1], &pieces) != napi_ok || length < 0 ||
      static_cast<size_t>(length) > channel->out_size_ || pieces >= kMaxPieces) {
    return Int(env, EINVAL);
  }
  if (channel->fd_ < 0) return Int(env, EBADF);
  struct iovec vectors[kMaxPieces];
  vectors[0] = {channel->out_, static_cast<size_t>(length)};
  for (uint32_t i = 0; i < pieces; i++) {
    napi_value piece;
    uint8_t* data;
    size_t size;
    napi_get_element(env, arguments[1], i, &piece);
    if (!GetBytes(env, piece, &data, &size)) return nullptr;
    vectors[i + 1] = {data, size};
  }
  while (writev(channel->fd_, vectors, static_cast<int>(pieces) + 1) < 0) {
    if (errno != EINTR) return Int(env, errno);
  }
  return Int(env, 0);
}

// send(bytes): one message of the caller's own.
napi_value Channel::Send(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  Channel* channel = Unwrap(env, info, &count, &argument);
  uint8_t* data;
  size_t length;
  if (channel == nullptr || !GetBytes(env, argument, &data, &length)) return nullptr;
  return Int(env, channel->Write(data, length));
}

}  // namespace

void RegisterChannel(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      {"resume", nullptr, Channel::Resume, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"pause", nullptr, Channel::Pause, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"close", nullptr, Channel::Close, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"reply", nullptr, Channel::Reply, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"replyWith", nullptr, Channel::ReplyWith, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"send", nullptr, Channel::Send, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_value constructor;
  napi_define_class(env, "Channel", NAPI_AUTO_LENGTH, Channel::New, nullptr, 6, methods, &constructor);
  napi_set_named_property(env, exports, "Channel", constructor);
}

}  // namespace memfsd
