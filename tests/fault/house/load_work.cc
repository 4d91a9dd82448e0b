#include "tests/fault/house/load_work.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/fault/judge/history.h"
#include "vaka/dispatch/v1/dispatch_service.pb.h"
#include "vaka/est/v1/est_service.pb.h"
#include "vaka/intake/v1/intake_service.pb.h"
#include "vaka/notifications/v1/notifications_service.pb.h"

namespace vaka::fault {
namespace {

constexpr size_t kLatest = 50;

absl::Duration Quantile(std::vector<absl::Duration>& times, double share) {
  if (times.empty()) return absl::ZeroDuration();
  const auto at =
      times.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

// Reports, and corrects or takes back what it reported.
class Reporter final : public Worker {
 public:
  Reporter(House& house, Desk& desk, Tally& tally, std::string name, const LoadOptions& options,
           uint64_t seed, std::function<bool()> give_up)
      : Worker(house, desk, tally, std::move(name), seed, std::move(give_up)), options_(options) {}

  void Step() override {
    if (!own_.empty() && Chance(options_.corrected)) return Correct();
    if (!own_.empty() && Chance(options_.withdrawn)) return Withdraw();
    Report();
  }

 private:
  struct Own {
    std::string incident;
    int area = 0;
  };

  Caller::Way AnyWay() { return Chance(0.3) ? Caller::Way::kHttp : Caller::Way::kGrpc; }

  uint32_t Severity() {
    return Chance(options_.alerting) ? 3 + static_cast<uint32_t>(Draw() % 3)
                                     : 1 + static_cast<uint32_t>(Draw() % 2);
  }

  void Report() {
    const int area = static_cast<int>(Draw() % static_cast<uint64_t>(house_.town().areas()));
    intake::v1::ReportRequest request;
    *request.mutable_submission() = house_.town().ReportIn(area, Severity(), Draw());
    intake::v1::ReportResponse response;
    if (!Do(request, &response, Police(), AnyWay()).ok()) return;
    desk_.Reported(response.incident(), response.seq());
    own_.push_back({response.incident(), area});
    if (own_.size() > kLatest) own_.erase(own_.begin());
  }

  void Correct() {
    const Own& own = own_[Draw() % own_.size()];
    intake::v1::CorrectRequest request;
    request.set_incident(own.incident);
    *request.mutable_submission() = house_.town().ReportIn(own.area, Severity(), Draw());
    request.set_reason("Annan uppgift");
    intake::v1::CorrectResponse response;
    if (Do(request, &response, Police(), AnyWay()).ok()) desk_.Reached(response.seq());
  }

  void Withdraw() {
    const size_t at = Draw() % own_.size();
    intake::v1::WithdrawRequest request;
    request.set_incident(own_[at].incident);
    request.set_reason("Fel plats");
    own_.erase(own_.begin() + static_cast<std::ptrdiff_t>(at));
    intake::v1::WithdrawResponse response;
    if (Do(request, &response, Police(), AnyWay()).ok()) desk_.Reached(response.seq());
  }

  const LoadOptions options_;
  std::vector<Own> own_;  // the latest, not withdrawn
};

// A contact person with a message in hand, at the gateway.
class Answerer final : public Worker {
 public:
  using Worker::Worker;

  void Step() override {
    Letter letter;
    if (!house_.providers().DrawLetter(Draw(), &letter)) return;
    notifications::v1::OpenLinkRequest open;
    open.set_link(letter.link);
    notifications::v1::OpenLinkResponse opened;
    const std::string person = house_.town().PersonOf(letter.to);
    if (!Open(open, &opened).ok() || person.empty()) return;
    notifications::v1::AcknowledgeRequest read;
    read.set_link(letter.link);
    notifications::v1::AcknowledgeResponse taken;
    if (Do(read, &taken, ByLink(opened.alert(), person), Caller::Way::kHttp).ok())
      desk_.Reached(taken.seq());
    if (!Chance(0.5)) return;
    notifications::v1::RelayReportedRequest relayed;
    relayed.set_link(letter.link);
    relayed.set_by(notifications::v1::RELAY_CHANNEL_NOTICE_BOARD);
    relayed.set_households(1 + static_cast<uint32_t>(Draw() % 15));
    notifications::v1::RelayReportedResponse counted;
    if (Do(relayed, &counted, ByLink(opened.alert(), person), Caller::Way::kHttp).ok())
      desk_.Reached(counted.seq());
  }
};

// Everybody's reads, in turn, each waiting for what the load knows to be done.
class Reader final : public Worker {
 public:
  using Worker::Worker;

  void Step() override {
    switch (turn_++ % 4) {
      case 0: {
        intake::v1::ListRequest request;
        request.set_limit(20);
        intake::v1::ListResponse response;
        Look(request, &response, Coordinator()).IgnoreError();
        break;
      }
      case 1: {
        notifications::v1::ListAlertsRequest request;
        request.set_limit(20);
        notifications::v1::ListAlertsResponse response;
        Look(request, &response, Coordinator()).IgnoreError();
        break;
      }
      case 2: {
        est::v1::GetWeekRequest request;
        request.set_draft(true);
        est::v1::GetWeekResponse response;
        Look(request, &response, Coordinator()).IgnoreError();
        break;
      }
      default: {
        dispatch::v1::ListShiftsRequest request;
        request.set_limit(5);
        dispatch::v1::ListShiftsResponse response;
        Look(request, &response, Police()).IgnoreError();
        break;
      }
    }
  }

 private:
  uint64_t turn_ = 0;
};

}  // namespace

void Tally::Command(const absl::Status& status, absl::Duration took) {
  absl::MutexLock lock(&mu_);
  ++counts_.commands;
  switch (OutcomeOf(status)) {
    case Outcome::kAcknowledged:
      ++counts_.acknowledged;
      took_.push_back(took);
      break;
    case Outcome::kRefused:
      ++counts_.refused;
      break;
    default:
      ++counts_.unknown;
  }
}

void Tally::Read(const absl::Status& status, uint64_t seq, uint64_t at_least) {
  absl::MutexLock lock(&mu_);
  ++counts_.reads;
  counts_.failed += !status.ok();
  counts_.stale += status.ok() && seq < at_least;
}

LoadCounts Tally::counts() const {
  absl::MutexLock lock(&mu_);
  LoadCounts counts = counts_;
  counts.p50 = Quantile(took_, 0.5);
  counts.p99 = Quantile(took_, 0.99);
  counts.longest = Quantile(took_, 1);
  return counts;
}

void Tally::ResetTimes() {
  absl::MutexLock lock(&mu_);
  took_.clear();
}

void Desk::Reported(const std::string& incident, uint64_t seq) {
  Reached(seq);
  absl::MutexLock lock(&mu_);
  latest_.push_back(incident);
  if (latest_.size() > kLatest) latest_.erase(latest_.begin());
}

void Desk::Reached(uint64_t seq) {
  absl::MutexLock lock(&mu_);
  reached_ = std::max(reached_, seq);
}

uint64_t Desk::reached() const {
  absl::MutexLock lock(&mu_);
  return reached_;
}

std::string Desk::Incident(uint64_t draw) const {
  absl::MutexLock lock(&mu_);
  return latest_.empty() ? "" : latest_[draw % latest_.size()];
}

Worker::Worker(House& house, Desk& desk, Tally& tally, std::string name, uint64_t seed,
               std::function<bool()> give_up)
    : house_(house),
      desk_(desk),
      tally_(tally),
      random_(seed),
      caller_(house, std::move(name), std::move(give_up)) {
  caller_.Prefer(Draw());
}

absl::Status Worker::Do(google::protobuf::Message& request, google::protobuf::Message* response,
                        const As& as, Caller::Way way) {
  const absl::Status status = caller_.Do(request, response, as, way, absl::InfiniteDuration());
  tally_.Command(status, caller_.last_took());
  return status;
}

absl::Status Worker::Open(notifications::v1::OpenLinkRequest& request,
                          notifications::v1::OpenLinkResponse* response) {
  return caller_.Ask(request, response, As{}, Caller::Way::kHttp);
}

std::unique_ptr<Worker> MakeReporter(House& house, Desk& desk, Tally& tally, std::string name,
                                     const LoadOptions& options, uint64_t seed,
                                     std::function<bool()> give_up) {
  return std::make_unique<Reporter>(house, desk, tally, std::move(name), options, seed,
                                    std::move(give_up));
}

std::unique_ptr<Worker> MakeAnswerer(House& house, Desk& desk, Tally& tally, std::string name,
                                     uint64_t seed, std::function<bool()> give_up) {
  return std::make_unique<Answerer>(house, desk, tally, std::move(name), seed, std::move(give_up));
}

std::unique_ptr<Worker> MakeReader(House& house, Desk& desk, Tally& tally, std::string name,
                                   uint64_t seed, std::function<bool()> give_up) {
  return std::make_unique<Reader>(house, desk, tally, std::move(name), seed, std::move(give_up));
}

}  // namespace vaka::fault
