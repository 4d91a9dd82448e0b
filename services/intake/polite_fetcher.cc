#include "services/intake/polite_fetcher.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/curl/http_client.h"

namespace vaka::intake {

PoliteFetcher::PoliteFetcher(Rules rules, Transport transport, Clock& clock)
    : rules_(rules), transport_(std::move(transport)), clock_(clock) {}

absl::Time PoliteFetcher::NextTurn() const {
  if (calls_.empty()) return absl::InfinitePast();
  const absl::Time spaced = calls_.back() + rules_.between;
  if (calls_.size() < rules_.an_hour) return spaced;
  return std::max(spaced, calls_.front() + absl::Hours(1));
}

absl::StatusOr<std::string> PoliteFetcher::Fetch(const std::string& url, std::stop_token stop) {
  if (clock_.Steady() < NextTurn()) {
    if (!clock_.SleepUntil(NextTurn(), stop)) {
      return absl::CancelledError("stopped while waiting for a turn");
    }
  }
  calls_.push_back(clock_.Steady());
  if (calls_.size() > rules_.an_hour) calls_.pop_front();
  return transport_(url);
}

PoliteFetcher::Transport HttpTransport() {
  // Shared: the function is copyable, the client keeps one connection.
  auto client = std::make_shared<curl::HttpClient>();
  return [client](const std::string& url) -> absl::StatusOr<std::string> {
    curl::HttpRequest request;
    request.url = url;
    request.headers = {{"User-Agent", "vaka/1 (neighbourhood safety; polls at most every 10 s)"},
                       {"Accept", "application/json"}};
    absl::StatusOr<curl::HttpResponse> response = client->Do(request);
    if (!response.ok()) return response.status();
    if (response->status == 200) return std::move(response->body);
    const std::string what = absl::StrCat(url, ": status ", response->status);
    if (response->status == 429 || response->status >= 500) return absl::UnavailableError(what);
    return absl::FailedPreconditionError(what);
  };
}

}  // namespace vaka::intake
