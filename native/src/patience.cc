#include "patience.h"

#include <time.h>

namespace memfsd {
namespace {

constexpr int64_t kMicrosecond = 1000;
// Longer than a client on another processor needs from a reply to its next request.
constexpr int64_t kWait = 100 * kMicrosecond;
// So many waits in vain, one after the other, and it is not worth it for now.
constexpr int kMaxLosses = 4;
// Requests on two channels within this time: neither is kept waiting for the other's sake …
constexpr int64_t kCrowd = 1000 * kMicrosecond;
// … for so long.
constexpr int64_t kCrowdLasts = 10 * kCrowd;

}  // namespace

Patience& Patience::OfThisThread() {
  thread_local Patience patience;
  return patience;
}

int64_t Patience::Now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec;
}

void Patience::Woken(const void* channel) {
  int64_t now = Now();
  if (channel != last_channel_ && now - last_woken_ < kCrowd) crowded_until_ = now + kCrowdLasts;
  // It came so soon that waiting would have been better.
  if (now - slept_ < 2 * kWait) losses_ = 0;
  last_channel_ = channel;
  last_woken_ = now;
}

int64_t Patience::Grant() {
  if (losses_ >= kMaxLosses) return 0;
  return Now() < crowded_until_ ? 0 : kWait;
}

void Patience::Slept(bool waited) {
  if (waited) losses_++;
  slept_ = Now();
}

}  // namespace memfsd
