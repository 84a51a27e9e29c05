// How long a channel waits for the next request by asking again, before its thread goes to sleep in the loop.
//
// A client that makes one call after the other sends its next request within microseconds of a reply. To sleep and
// be woken in between costs more than most calls, above all on a virtual machine, where waking an idle processor
// traps to its host. Measured there, with two processors: stat 229 -> 68 us, open+read+close 744 -> 145 us, create
// 1232 -> 717 us. Where nothing comes that soon, waiting stops by itself.
#ifndef MEMFSD_PATIENCE_H_
#define MEMFSD_PATIENCE_H_

#include <stdint.h>

namespace memfsd {

// One for all channels of a thread: while one of them waits, the others do too.
class Patience {
 public:
  static Patience& OfThisThread();
  // Monotonic clock, nanoseconds.
  static int64_t Now();

  // A channel was woken by the loop: it has requests.
  void Woken(const void* channel);
  // Nanoseconds that a channel without requests may wait now; 0 is not at all.
  int64_t Grant();
  // The wait ended with a request.
  void Won() { losses_ = 0; }
  // It ended without one, or there was none: the thread goes back to the loop.
  void Slept(bool waited);

 private:
  const void* last_channel_ = nullptr;
  int64_t last_woken_ = 0;
  int64_t slept_ = 0;
  int64_t crowded_until_ = 0;
  int losses_ = 0;
};

}  // namespace memfsd

#endif  // MEMFSD_PATIENCE_H_
