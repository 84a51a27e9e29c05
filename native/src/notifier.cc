// Notifier: one thread that writes notifications, because such a write blocks until the kernel has the
// inode's folios, which may itself need an answer from the loop.
//
// INVARIANT: the thread shares no descriptor table with the process. A POSIX record lock, as SQLite takes
// them, belongs to the descriptor table (files_struct) and goes when the table's last user is gone. A thread
// blocked in this write survives SIGKILL of its process until the kernel lets go of it, which may be never
// before the next engine answers; in a shared table it would hold the dead engine's locks, and the next
// engine could not open the store that it needs to give that answer. So before its first write the thread
// takes a private table and closes all in it but two descriptors: the device and the event that reports back.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "addon.h"
#include "environment.h"
#include "poll_watch.h"

namespace memfsd {
namespace {

struct Message {
  std::string bytes;
  std::vector<int32_t> ids;
};

// Shared by the loop and the thread; the thread may outlive the environment.
struct Queue {
  std::mutex mutex;
  std::condition_variable wake;
  std::list<Message> waiting;
  // By content: a message that is still waiting stands for every later one that is equal to it.
  std::unordered_map<std::string, std::list<Message>::iterator> index;
  std::vector<std::pair<int32_t, int32_t>> done;
  bool closing = false;
  int device = -1;
  int event = -1;
  // Startup: the thread reports whether its table is private. 0 not yet, 1 ready, -errno failed.
  int started = 0;
};

int CloseRange(unsigned first, unsigned last, unsigned flags) {
#ifdef SYS_close_range
  return static_cast<int>(syscall(SYS_close_range, first, last, flags));
#else
  return static_cast<int>(syscall(436, first, last, flags));
#endif
}

void CloseBetween(int first, int last) {
  if (first > last || CloseRange(static_cast<unsigned>(first), static_cast<unsigned>(last), 0) == 0) return;
  struct rlimit limit;
  int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<int>(limit.rlim_cur) : 1 << 16;
  for (int fd = first; fd <= std::min(last, end); fd++) close(fd);
}

// Returns 0 or -errno. Containers may forbid unshare(2) but not close_range(2) with CLOSE_RANGE_UNSHARE (2).
int TakePrivateTable(int device, int event) {
  if (unshare(CLONE_FILES) != 0 && CloseRange(~0U, ~0U, 2) != 0) return -errno;
  int low = std::min(device, event), high = std::max(device, event);
  CloseBetween(0, low - 1);
  CloseBetween(low + 1, high - 1);
  CloseBetween(high + 1, 0x7fffffff);
  return 0;
}

void* Run(void* data) {
  std::shared_ptr<Queue> queue = *static_cast<std::shared_ptr<Queue>*>(data);
  delete static_cast<std::shared_ptr<Queue>*>(data);
  int table = TakePrivateTable(queue->device, queue->event);
  std::unique_lock<std::mutex> lock(queue->mutex);
  queue->started = table == 0 ? 1 : table;
  queue->wake.notify_all();
  while (table == 0) {
    queue->wake.wait(lock, [&] { return queue->closing || !queue->waiting.empty(); });
    if (queue->closing) break;
    Message message = std::move(queue->waiting.front());
    queue->waiting.pop_front();
    queue->index.erase(message.bytes);
    lock.unlock();
    int error = 0;
    while (write(queue->device, message.bytes.data(), message.bytes.size()) < 0) {
      error = errno;
      if (error != EINTR) break;
      error = 0;
    }
    lock.lock();
    bool first = queue->done.empty();
    for (int32_t id : message.ids) queue->done.emplace_back(id, error);
    if (first) {
      uint64_t one = 1;
      if (write(queue->event, &one, sizeof(one)) < 0) break;
    }
  }
  // The private table goes with the thread, and with it the last thing here that keeps the connection.
  return nullptr;
}

int StartThread(const std::shared_ptr<Queue>& queue) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  // The new thread inherits a mask that leaves every signal to the others.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  auto* argument = new std::shared_ptr<Queue>(queue);
  int error = pthread_create(&thread, &attributes, Run, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    delete argument;
    return error;
  }
  // Until the table is private the caller must not close the device.
  std::unique_lock<std::mutex> lock(queue->mutex);
  queue->wake.wait(lock, [&] { return queue->started != 0; });
  return queue->started == 1 ? 0 : -queue->started;
}

class Notifier final : public PollListener {
 public:
  static napi_value New(napi_env env, napi_callback_info info);
  static napi_value Post(napi_env env, napi_callback_info info);
  static napi_value Close(napi_env env, napi_callback_info info);

  void OnPoll(int status, int events) override;
  void OnTeardown() override { Release(); }

 private:
  static void Finalize(napi_env env, void* data, void*);
  static Notifier* Unwrap(napi_env env, napi_callback_info info, size_t* count, napi_value* arguments);
  void Release();

  napi_env env_ = nullptr;
  napi_ref self_ = nullptr;
  napi_ref on_done_ = nullptr;
  PollWatch* watch_ = nullptr;
  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
};

Notifier* Notifier::Unwrap(napi_env env, napi_callback_info info, size_t* count, napi_value* arguments) {
  napi_value self;
  void* data = nullptr;
  napi_get_cb_info(env, info, count, arguments, &self, nullptr);
  if (napi_unwrap(env, self, &data) != napi_ok) ThrowTypeError(env, "not a Notifier");
  return static_cast<Notifier*>(data);
}

// new Notifier(fd, onDone)
napi_value Notifier::New(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2], self;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  int32_t fd;
  if (!GetInt(env, arguments[0], &fd)) return nullptr;
  auto* notifier = new Notifier();
  notifier->env_ = env;
  notifier->queue_->device = fd;
  notifier->queue_->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int error = notifier->queue_->event < 0 ? errno : StartThread(notifier->queue_);
  if (error == 0) {
    notifier->watch_ = PollWatch::Open(env, notifier->queue_->event, notifier, &error);
    error = notifier->watch_ == nullptr ? -error : -notifier->watch_->Start(UV_READABLE);
  }
  if (error != 0) {
    if (notifier->watch_ != nullptr) notifier->watch_->Close();
    notifier->Release();
    delete notifier;
    ThrowErrno(env, "start of the notifier thread", error);
    return nullptr;
  }
  napi_wrap(env, self, notifier, Finalize, nullptr, &notifier->self_);
  napi_reference_ref(env, notifier->self_, nullptr);
  napi_create_reference(env, arguments[1], 1, &notifier->on_done_);
  return self;
}

void Notifier::Finalize(napi_env env, void* data, void*) {
  auto* notifier = static_cast<Notifier*>(data);
  if (notifier->watch_ != nullptr) notifier->watch_->Close();
  notifier->Release();
  napi_delete_reference(env, notifier->self_);
  napi_delete_reference(env, notifier->on_done_);
  delete notifier;
}

// Tells the thread to go; it closes its own descriptors, now or when the kernel lets go of it.
void Notifier::Release() {
  watch_ = nullptr;
  std::lock_guard<std::mutex> lock(queue_->mutex);
  if (queue_->closing) return;
  queue_->closing = true;
  queue_->wake.notify_all();
  if (queue_->event >= 0) close(queue_->event);
}

void Notifier::OnPoll(int, int) {
  uint64_t value;
  if (read(queue_->event, &value, sizeof(value)) < 0) return;
  std::vector<std::pair<int32_t, int32_t>> done;
  {
    std::lock_guard<std::mutex> lock(queue_->mutex);
    done.swap(queue_->done);
  }
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  // A listener may close this object; the handle keeps it until the end of the scope.
  Deref(env_, self_);
  for (const auto& [id, error] : done) {
    if (watch_ == nullptr) break;
    napi_value values[2] = {Int(env_, id), Int(env_, error)};
    Call(env_, self_, on_done_, 2, values);
  }
  napi_close_handle_scope(env_, scope);
}

// post(id, bytes)
napi_value Notifier::Post(napi_env env, napi_callback_info info) {
  size_t count = 2, length;
  napi_value arguments[2];
  Notifier* notifier = Unwrap(env, info, &count, arguments);
  int32_t id;
  uint8_t* data;
  if (notifier == nullptr || !GetInt(env, arguments[0], &id) || !GetBytes(env, arguments[1], &data, &length)) {
    return nullptr;
  }
  Queue& queue = *notifier->queue_;
  std::string bytes(reinterpret_cast<char*>(data), length);
  std::lock_guard<std::mutex> lock(queue.mutex);
  if (queue.closing) return nullptr;
  auto found = queue.index.find(bytes);
  if (found != queue.index.end()) {
    found->second->ids.push_back(id);
    return nullptr;
  }
  queue.waiting.push_back({bytes, {id}});
  queue.index.emplace(std::move(bytes), std::prev(queue.waiting.end()));
  queue.wake.notify_one();
  return nullptr;
}

napi_value Notifier::Close(napi_env env, napi_callback_info info) {
  size_t count = 0;
  Notifier* notifier = Unwrap(env, info, &count, nullptr);
  if (notifier == nullptr || notifier->watch_ == nullptr) return nullptr;
  notifier->watch_->Close();
  notifier->Release();
  napi_reference_unref(env, notifier->self_, nullptr);
  return nullptr;
}

}  // namespace

void RegisterNotifier(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      {"post", nullptr, Notifier::Post, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"close", nullptr, Notifier::Close, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_value constructor;
  napi_define_class(env, "Notifier", NAPI_AUTO_LENGTH, Notifier::New, nullptr, 2, methods, &constructor);
  napi_set_named_property(env, exports, "Notifier", constructor);
}

}  // namespace memfsd
