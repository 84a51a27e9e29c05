#include "poll_watch.h"

namespace memfsd {

PollWatch* PollWatch::Open(napi_env env, int fd, PollListener* listener, int* error) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  auto* watch = new PollWatch(env, listener);
  *error = uv_poll_init(loop, &watch->handle_, fd);
  if (*error != 0) {
    delete watch;
    return nullptr;
  }
  watch->handle_.data = watch;
  napi_add_async_cleanup_hook(env, OnCleanup, watch, &watch->hook_);
  return watch;
}

int PollWatch::Start(int events) { return uv_poll_start(&handle_, events, OnEvent); }

void PollWatch::Stop() { uv_poll_stop(&handle_); }

void PollWatch::Close() {
  listener_ = nullptr;
  auto* handle = reinterpret_cast<uv_handle_t*>(&handle_);
  if (!uv_is_closing(handle)) uv_close(handle, OnClosed);
}

void PollWatch::OnEvent(uv_poll_t* handle, int status, int events) {
  auto* watch = static_cast<PollWatch*>(handle->data);
  if (watch->listener_ != nullptr) watch->listener_->OnPoll(status, events);
}

void PollWatch::OnClosed(uv_handle_t* handle) {
  auto* watch = static_cast<PollWatch*>(handle->data);
  napi_remove_async_cleanup_hook(watch->hook_);
  delete watch;
}

void PollWatch::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* watch = static_cast<PollWatch*>(data);
  if (watch->listener_ != nullptr) watch->listener_->OnTeardown();
  watch->Close();
}

}  // namespace memfsd
