// A uv_poll_t whose memory and environment cleanup are taken care of.
#pragma once

#include <node_api.h>
#include <uv.h>

namespace memfsd {

class PollListener {
 public:
  // `status` is 0 or libuv's error; on an error libuv has stopped the watch already.
  virtual void OnPoll(int status, int events) = 0;
  // The environment is going away: no JavaScript may run any more.
  virtual void OnTeardown() = 0;

 protected:
  ~PollListener() = default;
};

// Lives until its uv handle is closed, which may be after its listener: so it deletes itself.
class PollWatch {
 public:
  // Returns nullptr and libuv's error in `*error`.
  static PollWatch* Open(napi_env env, int fd, PollListener* listener, int* error);

  int Start(int events);
  void Stop();
  // No call of the listener follows. The descriptor may be closed at once.
  void Close();

 private:
  PollWatch(napi_env env, PollListener* listener) : env_(env), listener_(listener) {}
  static void OnEvent(uv_poll_t* handle, int status, int events);
  static void OnClosed(uv_handle_t* handle);
  static void OnCleanup(napi_async_cleanup_hook_handle hook, void* data);

  uv_poll_t handle_;
  napi_env env_;
  PollListener* listener_;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

}  // namespace memfsd
