#pragma once

#include <stop_token>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace vaka::notifications {

// How a provider took a call, as far as its other calls are concerned.
struct Reception {
  enum class Kind {
    kAnswered,  // it works, whatever it said to this message
    kAsked,     // it asked everybody to wait for `wait`
    kAway,      // it could not be reached, was broken or did not answer
  };
  Kind kind = Kind::kAnswered;
  absl::Duration wait = absl::ZeroDuration();
  std::string error = {};  // codes, no personal data
};

// How fast one provider is called, and whether at all; shared by its workers.
//
// At most `per_second`, evenly. A provider that asks to wait is left alone for so long, and then
// called half as fast as before; each answer makes it faster again. A provider that is away is left
// alone for a moment that doubles up to half a minute, and then tried by one call alone until it
// answers. Thread-safe.
class Pace final {
 public:
  // `per_second` 0: no limit.
  Pace(double per_second, Clock& clock);

  // Leave for one call. Given back unused when it is destroyed before Took.
  class Turn final {
   public:
    enum class Kind {
      kGo,
      kClosed,  // the provider is left alone for `wait` still, because of `error`
      kStopped,
    };

    explicit Turn(Kind kind) : kind_(kind) {}
    Turn(Turn&& other) noexcept;
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Kind kind() const { return kind_; }
    absl::Duration wait() const { return wait_; }
    const std::string& error() const { return error_; }

    // The call was made. REQUIRES: kGo.
    void Took(const Reception& reception);

   private:
    friend class Pace;

    Kind kind_;
    absl::Duration wait_;
    std::string error_;
    Pace* pace_ = nullptr;
    absl::Time given_;
  };

  // Waits for the caller's turn. When that lies further than a few seconds ahead because the
  // provider is left alone, kClosed, so that the caller can do something else for its message.
  Turn Await(std::stop_token stop);

 private:
  // Zero: `turn` is the answer; else how long it should wait before it asks again.
  absl::Duration TryGo(Turn& turn);
  void GiveBack();
  void Took(absl::Time given, const Reception& reception);

  // Constant after construction.
  const absl::Duration base_step_;
  Clock& clock_;

  absl::Mutex mu_;
  absl::Duration step_ ABSL_GUARDED_BY(mu_);  // between two calls
  absl::Time next_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  absl::Time closed_until_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  absl::Time slowed_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();  // last time it was made slower
  int away_ ABSL_GUARDED_BY(mu_) = 0;                              // times in a row
  int calls_ ABSL_GUARDED_BY(mu_) = 0;                             // under way
  std::string error_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::notifications
