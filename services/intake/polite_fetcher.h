#pragma once

#include <deque>
#include <functional>
#include <stop_token>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace vaka::intake {

// Fetches from a public service no faster than its rules allow, by waiting: Polisen asks for at
// most one call in ten seconds and sixty an hour, failed ones too. Belongs to one thread.
class PoliteFetcher final {
 public:
  struct Rules {
    absl::Duration between = absl::Seconds(10);  // start of one call to start of the next
    size_t an_hour = 60;
  };
  // Makes one call. Belongs to the fetcher's thread.
  using Transport = std::function<absl::StatusOr<std::string>(const std::string& url)>;

  // `clock` outlives this object.
  PoliteFetcher(Rules rules, Transport transport, Clock& clock);

  // Waits its turn, then calls. CANCELLED when stopped while waiting; else what the transport says.
  absl::StatusOr<std::string> Fetch(const std::string& url, std::stop_token stop);

  // When the next call may start.
  absl::Time NextTurn() const;

 private:
  const Rules rules_;
  const Transport transport_;
  Clock& clock_;
  std::deque<absl::Time> calls_;  // starts of the last hour's, at most an_hour
};

// Over HTTP(S), with a User-Agent that says who asks. FAILED_PRECONDITION: an answer other than 200
// that will not change by itself; UNAVAILABLE: 429 and 5xx; else as curl::HttpClient.
PoliteFetcher::Transport HttpTransport();

}  // namespace vaka::intake
